// For tests: a small workspace on disk whose truth is known, its server, and commands beside it.
//
// People who look at much and are offered a discount buy more; nothing else matters. `offers` people are each offered once,
// 20 minutes apart. Sources: `orders` (CSV). Model: buys. Placement: home. Nothing listens until `serve`.
#pragma once
#include <cmath>
#include <fstream>

#include "app/keys.h"
#include "app/model_jobs.h"
#include "app/server_fixture.h"
#include "base/bytes.h"
#include "base/random.h"
#include "profile/profile.h"
#include "store/rocks_kv.h"

namespace furrow::app {

class MarketFixture : public ServerFixture {
 protected:
  MarketFixture() {
    put("workspace.yaml", "name: Test market\ncurrency: EUR\n");
    put("identity.yaml", "identifiers:\n  - {kind: user_id}\n  - {kind: anonymous_id}\n");
    put("features/f.yaml", "features:\n  - {name: views_7d, event: Viewed, aggregate: count, window: 7d, default: 0}\n"
                           "  - {name: clicks_7d, event: Clicked, aggregate: count, window: 7d, default: 0}\n");
    put("models/buys.yaml", "name: buys\nlabel: {event: Bought, within: 12h}\nobservations: {event: Offered}\n"
                            "features: all\naction_features: [discount]\nsplit: {holdout_last: 20%}\n");
    put("placements/home.yaml", "name: home\nmodel: buys\nbaseline: none\noutcome: {event: Bought, within: 1h}\nexploration: 0.1\nholdout: 0\n"
                                "actions:\n  - {id: none, name: None, attributes: {discount: 0}}\n  - {id: sale, name: Sale, attributes: {discount: 20}}\n");
    declare_orders("paid: Bought");
    EXPECT_TRUE(ensure_keys(root_).ok());
  }
  // `statuses`: the map from the export's status to the event.
  void declare_orders(const std::string& statuses) {
    put("sources/orders.yaml", "name: orders\nformat: csv\nmap:\n  type: track\n  user_id: customer\n"
                               "  time: {column: when, format: iso8601}\n  event: {column: status, values: {" + statuses + "}}\n"
                               "  properties: {price: {column: price, type: number}}\n");
  }
  std::filesystem::path orders(size_t rows, std::string_view more = {}) {
    auto path = folder_.path() / "orders.csv";
    std::ofstream out(path, std::ios::binary);
    out << "customer,when,status,price\n";
    for (size_t i = 0; i < rows; ++i) out << "C" << i % 97 << ",2026-03-01T00:00:" << 10 + i % 50 << "Z,paid," << i << "\n";
    out << more;
    return path;
  }
  // The market's history, into a data directory that nobody has.
  void collect_market(int offers) {
    Workspace loaded = workspace();
    pipeline::PipelineOptions options;
    options.data_dir = data().string();
    auto pipeline = pipeline::Pipeline::open(loaded, options, clock_, logger_);
    ASSERT_TRUE(pipeline.ok()) << pipeline.error().to_string();
    ASSERT_TRUE((*pipeline)->submit_and_wait({market(offers), {}, {}}).status.ok());
    ASSERT_TRUE((*pipeline)->drain().ok());
  }
  // The market collected and `buys` trained on it, as v0001 and, the same again, as v0002: once a process, then copied.
  void train_market() {
    static struct {
      TemporaryFolder folder;
      double auc = 0;
    } kept;
    namespace fs = std::filesystem;
    fs::path copy = kept.folder.path() / "data";
    if (kept.auc == 0) {
      collect_market(1'200);
      Workspace loaded = workspace();
      predict::WorkspaceTrainingOptions options;
      options.threads = 1;
      auto trained = ModelJobs(loaded, data(), clock_).train("buys", options);
      ASSERT_TRUE(trained.ok()) << trained.error().to_string();
      ASSERT_EQ(trained->version, "v0001");
      fs::copy(trained->folder, trained->folder.parent_path() / "v0002");
      fs::copy(data(), copy, fs::copy_options::recursive);
      kept.auc = trained->holdout.auc.value;
    } else {
      fs::create_directories(data().parent_path());
      fs::copy(copy, data(), fs::copy_options::recursive);
    }
    auc_ = kept.auc;
  }
  static std::vector<Event> market(int offers) {
    Random random(77);
    std::vector<Event> events;
    auto add = [&](int person, std::string name, Time time, std::string properties) {
      Event event;
      event.message_id = "m" + std::to_string(events.size());
      event.user_id = "u" + std::to_string(person);
      event.name = std::move(name);
      event.time = event.received_at = time;
      event.source = "live";
      event.properties = std::move(properties);
      events.push_back(std::move(event));
    };
    Time now{1'767'225'600'000'000};
    for (int i = 0; i < offers; ++i) {
      now = now + minutes(20);
      uint64_t views = random.below(6), discount = 10 * random.below(3);
      for (uint64_t v = 0; v < views; ++v) add(i, "Viewed", now - minutes(static_cast<int64_t>(10 + v)), "{}");
      for (uint64_t v = random.below(4); v > 0; --v) add(i, "Clicked", now - minutes(static_cast<int64_t>(v)), "{}");
      add(i, "Offered", now, R"({"discount": )" + std::to_string(discount) + "}");
      double p = 1 / (1 + std::exp(3.2 - 0.6 * static_cast<double>(views) - 0.08 * static_cast<double>(discount)));
      if (random.chance(p)) add(i, "Bought", now + minutes(15), "{}");
    }
    return events;
  }

  // Empties one stored profile's journal, as a fault of the disk might; whose it was.
  std::string doctor_a_profile() {
    auto kv = store::open_kv(data() / "views", store::RocksMemory(), "").value();
    const auto space = kv->space("profiles").value();
    auto cursor = kv->scan(space, "", "");
    profile::Profile doctored = profile::decode_profile(cursor->value()).value();
    for (; doctored.journal.size() < 3; doctored = profile::decode_profile(cursor->value()).value()) cursor->next();
    doctored.journal = profile::Journal();
    std::string bytes;
    ByteWriter out(bytes);
    profile::encode(doctored, out);
    store::Batch batch;
    batch.put(space, std::string(cursor->key()), std::move(bytes));
    EXPECT_TRUE(kv->write(batch).ok());
    return doctored.id.to_string();
  }

  double auc_ = 0;  // of the trained model, held out
};

}  // namespace furrow::app
