// How linkage grows: invented people in the style of Febrl (Christen 2008), half of them with a spoiled duplicate, in files of 10^4, 10^5
// and 10^6 records; time by stage, F1 on pairs, peak memory.
//   build/bench/link_scale_bench [RECORDS …]
//   build/bench/link_scale_bench --write RECORDS FILE.csv      only makes the file
//   build/bench/link_scale_bench --one [RECORDS …]             the time of one later record against all of them
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "base/random.h"
#include "identity/linkage_index.h"
#include "table/files.h"

using namespace furrow;
using namespace furrow::identity;

namespace {

// Made-up words by syllables, drawn by Zipf's law as names are.
class Names {
 public:
  Names(Random& random, size_t count, int syllables) {
    constexpr std::string_view kParts[] = {"ba", "ber", "cam", "dan", "el", "fi", "gar", "ha", "is", "jo", "ka", "len", "mi", "nor", "ol", "pe", "quin",
                                           "ro", "sa", "ter", "ul", "vin", "wal", "xa", "yor", "zel", "ton", "son", "ley", "ford", "dale", "ris"};
    for (size_t i = 0; i < count; ++i) {
      std::string word;
      for (int s = 0; s < syllables + static_cast<int>(random.below(2)); ++s) word += kParts[random.below(std::size(kParts))];
      words_.push_back(word);
    }
  }
  const std::string& draw(Random& random) const {
    double u = random.uniform();
    auto rank = static_cast<size_t>(std::pow(static_cast<double>(words_.size()), u)) - 1;
    return words_[std::min(rank, words_.size() - 1)];
  }

 private:
  std::vector<std::string> words_;
};

constexpr const char* kColumns[] = {"rec_id", "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
                                    "date_of_birth", "soc_sec_id"};
using Person = std::vector<std::string>;  // without the id

class Population {
 public:
  explicit Population(uint64_t seed)
      : random_(seed), given_(random_, 3'000, 2), family_(random_, 20'000, 2), street_(random_, 30'000, 2), place_(random_, 20'000, 2), suburb_(random_, 4'000, 2) {}

  Person person() {
    constexpr std::string_view kStates[] = {"nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt"};
    constexpr std::string_view kKinds[] = {"street", "place", "road", "crescent", "avenue", "close", "court", "circuit"};
    size_t state = static_cast<size_t>(std::pow(8.0, random_.uniform())) - 1;
    std::string suburb = suburb_.draw(random_);
    return {given_.draw(random_), family_.draw(random_), std::to_string(1 + random_.below(300)),
            fmt::format("{} {}", street_.draw(random_), kKinds[random_.below(8)]), random_.chance(0.3) ? "" : place_.draw(random_), suburb,
            fmt::format("{}{:03}", 2 + state % 7, hash64(suburb) % 1'000), std::string(kStates[state]),
            fmt::format("{}{:02}{:02}", 1920 + random_.below(90), 1 + random_.below(12), 1 + random_.below(28)), fmt::format("{:07}", random_.below(10'000'000))};
  }

  // One to five faults: slips, values lost, swapped or replaced.
  Person spoil(Person person) {
    for (uint64_t faults = 1 + random_.below(5); faults > 0; --faults) {
      std::string& cell = person[random_.below(person.size())];
      double u = random_.uniform();
      if (u < 0.1) std::swap(person[0], person[1]);
      else if (u < 0.2) cell.clear();
      else slip(cell);
    }
    return person;
  }

 private:
  void slip(std::string& cell) {
    if (cell.size() < 2) return;
    size_t at = random_.below(cell.size() - 1);
    bool digit = cell[at] >= '0' && cell[at] <= '9';
    char other = static_cast<char>(digit ? '0' + random_.below(10) : 'a' + random_.below(26));
    switch (random_.below(4)) {
      case 0: std::swap(cell[at], cell[at + 1]); break;
      case 1: cell.erase(at, 1); break;
      case 2: cell.insert(at, 1, other); break;
      default: cell[at] = other;
    }
  }
  Random random_;
  Names given_, family_, street_, place_, suburb_;
};

table::Table make(size_t records, uint64_t seed) {
  Population population(seed);
  std::vector<table::Column> columns;
  for (const char* name : kColumns) columns.emplace_back(name, table::ColumnType::kText);
  auto add = [&](const std::string& id, const Person& person) {
    columns[0].append_text(id);
    for (size_t i = 0; i < person.size(); ++i) person[i].empty() ? columns[i + 1].append_null() : columns[i + 1].append_text(person[i]);
  };
  std::vector<std::pair<std::string, Person>> all;
  Random random(seed + 1);
  for (size_t number = 0; all.size() < records; ++number) {
    Person person = population.person();
    all.emplace_back(fmt::format("rec-{}-org", number), person);
    if (number % 2 == 0 && all.size() < records) all.emplace_back(fmt::format("rec-{}-dup-0", number), population.spoil(person));
  }
  for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
  for (const auto& [id, person] : all) add(id, person);
  table::Table out;
  for (table::Column& column : columns) out.add(std::move(column));
  return out;
}

void run(size_t records) {
  table::Table table = make(records, 20'261'122);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  auto start = std::chrono::steady_clock::now();
  auto linked = link({{"people", &table, 0}}, {});
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  getrusage(RUSAGE_SELF, &after);
  auto processor = [](const rusage& u) { return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6; };
  if (!linked.ok()) {
    fmt::print("{}\n", linked.error().to_string());
    return;
  }
  const LinkResult& result = **linked;
  std::map<uint32_t, std::vector<std::string>> clusters;
  std::map<std::string, size_t> truth;
  auto entity = [](const std::string& id) { return id.substr(4, id.find('-', 4) - 4); };
  for (uint32_t r = 0; r < result.records.size(); ++r) {
    clusters[result.person[r]].push_back(entity(result.records.id(r)));
    ++truth[entity(result.records.id(r))];
  }
  double found = 0, right = 0, all = 0;
  for (const auto& [label, members] : clusters) {
    std::map<std::string, size_t> inside;
    for (const std::string& member : members) ++inside[member];
    found += static_cast<double>(members.size() * (members.size() - 1)) / 2;
    for (const auto& [name, count] : inside) right += static_cast<double>(count * (count - 1)) / 2;
  }
  for (const auto& [name, count] : truth) all += static_cast<double>(count * (count - 1)) / 2;
  fmt::print("{:>9} records  {:6.2f} s  processor {:6.2f} s  {:>9} candidates  F1 {:.4f} (precision {:.4f}, recall {:.4f})  peak {} MB\n", records, seconds,
             processor(after) - processor(before), result.candidates, 2 * right / (found + all), right / found, right / all, after.ru_maxrss / 1024);
  for (const LinkStage& stage : result.stages) fmt::print("            {:<14} {:7.2f} s  {:>10}\n", stage.name, stage.seconds, stage.count);
}

// One record at a time, as live linkage does: spoiled records of people who are there, and people who are not.
void run_one(size_t records) {
  constexpr size_t kAsked = 4'000;
  table::Table table = make(records, 20'261'122);
  auto linked = link({{"people", &table, 0}}, {});
  if (!linked.ok()) {
    fmt::print("{}\n", linked.error().to_string());
    return;
  }
  LinkIndex index(std::move(*linked));
  Population population(77);
  Random random(78);
  std::vector<double> micros;
  size_t right = 0, wrong = 0, strangers = 0;
  for (size_t i = 0; i < kAsked; ++i) {
    size_t at = random.below(table.rows());
    Person person;
    for (size_t c = 1; c < table.column_count(); ++c) person.push_back(table.column(c).to_text(at));
    bool known = i % 2 == 0;
    person = known ? population.spoil(std::move(person)) : population.person();
    LinkIndex::Cells cells;
    for (size_t c = 0; c < person.size(); ++c) cells.emplace_back(kColumns[c + 1], person[c]);
    LinkArena arena;
    auto start = std::chrono::steady_clock::now();
    auto found = index.find(index.prepare("people", cells, arena));
    micros.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
    if (!known) strangers += !found.empty();
    else if (!found.empty()) (index.linked().person[found[0].record] == index.linked().person[at] ? right : wrong) += 1;
  }
  std::sort(micros.begin(), micros.end());
  auto at = [&](double share) { return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))] / 1000; };
  fmt::print("{:>9} records  one more: p50 {:.3f} ms  p99 {:.3f} ms  max {:.3f} ms; of {} spoiled records {} found, {} wrong; {} of {} strangers taken for somebody\n", records,
             at(0.5), at(0.99), at(1), kAsked / 2, right, wrong, strangers, kAsked / 2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--write") {
    auto written = table::write_table(make(std::stoull(argv[2]), 20'261'122), argv[3]);
    return written.ok() ? 0 : 1;
  }
  std::vector<size_t> sizes;
  const bool one = argc > 1 && std::string_view(argv[1]) == "--one";
  for (int i = one ? 2 : 1; i < argc; ++i) sizes.push_back(std::stoull(argv[i]));
  if (sizes.empty()) sizes = {10'000, 100'000, 1'000'000};
  for (size_t size : sizes) one ? run_one(size) : run(size);
}
