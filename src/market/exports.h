// The seven exports of the simulated shop: as seven systems would write them, each in its own format, disagreeing and
// dirty; and beside them the truth.
//
//   crm.csv             customers; GB18030, Chinese headers, duplicate accounts, registrations in the future
//   web_events.jsonl.gz Segment messages in order of time; repeated and torn lines, broken device clocks
//   orders.csv          the order system; ';', dd.mm.yyyy HH:MM local, repeated and ragged rows, amounts as text
//   orders.parquet      the same as the data warehouse has it: without the ragged rows, every column as text
//   email_platform.tsv  subscribers; mistyped addresses, seconds and milliseconds mixed
//   support_tickets.jsonl  tickets; contacts in every form, seconds and milliseconds mixed
//   loyalty_cards.csv   cards; byte-order mark, dd/mm/yyyy, full-width letters, swapped names
//   dmp.csv.gz          third-party segments by device; two vendors that contradict each other
//   reviews.csv         with `real_dirt` only: reviews, one in seven copied from a template
//   truth_reviews.csv   which of them, and from which template
//   truth_events.csv    with `real_dirt` only: which events are faulty, and how
//   truth_people.csv    source,id,person: whose record each one is
//   truth_effects.json  the market's options, the true rates of policies, and their lifts
//
// Deterministic by the options. Cost: about 5 µs an event. Memory: the customers, one day and the truth's ids.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "market/effects.h"
#include "market/export_file.h"
#include "market/history.h"

namespace furrow::market {

struct ExportReport {
  std::vector<std::pair<std::string, size_t>> files;  // name, rows (header included)
  size_t people = 0, visits = 0, orders = 0;
  TrueEffects effects;
};

// `folder` is made when it is missing. kIo when a file cannot be written.
Result<ExportReport> write_exports(const MarketOptions& options, const std::filesystem::path& folder);

// The options that a folder of exports was made with, from its truth_effects.json.
Result<MarketOptions> read_options(const std::filesystem::path& truth_effects);

// Writes one line a record: which person it truly is about.
class TruthPeople {
 public:
  explicit TruthPeople(const std::filesystem::path& folder);
  void add(std::string_view source, std::string_view id, size_t person);
  ExportFile& file() { return file_; }

 private:
  ExportFile file_;
};

// One export system. Told of every person before the history and of every visit in order.
class Export {
 public:
  virtual ~Export() = default;
  virtual void person(const Customer&) {}
  virtual void visit(const Customer&, const Visit&, const std::optional<Order>&) {}
  virtual ExportFile& file() = 0;
  virtual Status close_truth() { return {}; }
};
struct ExportContext {
  const MarketOptions& options;
  const Catalogue& catalogue;
  std::filesystem::path folder;
  TruthPeople& truth;
};
std::unique_ptr<Export> make_crm(const ExportContext& context);
std::unique_ptr<Export> make_web_events(const ExportContext& context);
std::unique_ptr<Export> make_orders(const ExportContext& context);
std::unique_ptr<Export> make_email_platform(const ExportContext& context);
std::unique_ptr<Export> make_support_tickets(const ExportContext& context);
std::unique_ptr<Export> make_loyalty_cards(const ExportContext& context);
std::unique_ptr<Export> make_dmp(const ExportContext& context);
std::unique_ptr<Export> make_reviews(const ExportContext& context);

}  // namespace furrow::market
