// The exports that list what happened: web events, orders, support tickets.
#include <fmt/format.h>

#include "market/dirt.h"
#include "market/event_faults.h"
#include "market/exports.h"
#include "market/messages.h"

namespace furrow::market {
namespace {

// A device id that a faulty build of the shop's app sent for everybody.
constexpr std::string_view kBrokenDevice = "000000000000000000000000";

class WebEvents : public Export {
 public:
  explicit WebEvents(const ExportContext& context)
      : context_(context), messages_(context.options.seed, context.catalogue),
        file_(context.folder / "web_events.jsonl.gz", ExportFile::Encoding::kUtf8) {
    if (context.options.real_dirt) faults_ = std::make_unique<EventFaults>(context.options, context.catalogue, context.folder);
  }
  void person(const Customer& customer) override {
    for (const std::string& device : customer.devices) context_.truth.add("web_events", device, customer.index);
  }
  void visit(const Customer& customer, const Visit& visit, const std::optional<Order>&) override {
    if (visit.time + visit.offer_after >= context_.options.until) return;  // not over when the export was made
    Random random(hash64("web dirt", context_.options.seed) + mix64(static_cast<uint64_t>(visit.time.micros)) + mix64(customer.index));
    if (faults_) {
      write_faulty(random, customer, visit);
      return;
    }
    Visit seen = visit;
    // A broken device clock shifts the whole visit; the tracker's sentAt is missing in this export.
    double clock = random.uniform();
    if (clock < 0.003) seen.time = seen.time + days(365 * 12);
    if (clock > 0.999) seen.time = Time{} + seconds(static_cast<int64_t>(random.below(86'400)));
    bool broken = visit.signed_in && random.chance(0.004);
    auto all = messages_.browsing(customer, seen);
    all.push_back(messages_.offer_viewed(customer, seen, seen.time + seen.offer_after));
    for (std::string& text : all) {
      if (broken) spoil_device(text, customer.devices[visit.device]);
      if (random.chance(0.0005)) {
        file_.line(std::string_view(text).substr(0, text.size() / 2));  // torn by a full disk
        continue;
      }
      file_.line(text);
      if (random.chance(0.01)) file_.line(text);  // sent again after a lost reply
    }
  }
  ExportFile& file() override { return file_; }
  Status close_truth() override { return faults_ ? faults_->file().close() : Status(); }

 private:
  static void spoil_device(std::string& text, const std::string& device, std::string_view by = kBrokenDevice) {
    if (size_t at = text.find(device); at != std::string::npos) text.replace(at, device.size(), by);
  }
  void write_faulty(Random& random, const Customer& customer, const Visit& visit) {
    faults_->bots(visit.time, [&](const std::string& line) { file_.line(line); });
    VisitFault fault = faults_->of(customer, visit);
    if (fault.identity == "reset") context_.truth.add("web_events", fault.device, customer.index);
    Visit seen = visit;
    seen.time = visit.time + fault.offset;
    auto all = messages_.browsing(customer, seen);
    all.push_back(messages_.offer_viewed(customer, seen, seen.time + seen.offer_after));
    for (std::string& text : all) {
      if (fault.device != customer.devices[visit.device]) spoil_device(text, customer.devices[visit.device], fault.device);
      faults_->note(text, fault);
      if (random.chance(0.0005)) {
        file_.line(std::string_view(text).substr(0, text.size() / 2));
        continue;
      }
      file_.line(text);
      if (random.chance(0.01)) file_.line(text);
    }
  }
  ExportContext context_;
  MessageWriter messages_;
  std::unique_ptr<EventFaults> faults_;
  ExportFile file_;
};

class Orders : public Export {
 public:
  explicit Orders(const ExportContext& context)
      : context_(context), file_(context.folder / "orders.csv", ExportFile::Encoding::kUtf8, ';') {
    file_.header({"order_no", "placed", "customer_no", "visitor", "mail", "phone", "sku", "category", "qty", "unit_price", "discount_pct",
               "total", "currency", "channel", "status"});
  }
  void visit(const Customer& customer, const Visit& visit, const std::optional<Order>& order) override {
    Random random(hash64("orders", context_.options.seed) + mix64(static_cast<uint64_t>(visit.time.micros)) + mix64(customer.index));
    bool in_time = order && order->time < context_.options.until;
    if (in_time) write(random, customer, *order, visit.signed_in ? customer.customer_number() : "", customer.devices[visit.device], "web");
    if (customer.card_holder && random.chance(0.04)) {  // and in the store, some other day, whatever the site offered
      Order bought{.time = visit.time - hours(30) - minutes(static_cast<int64_t>(random.below(2'000)))};
      const auto& list = context_.catalogue.in_category(random.chance(0.6) ? customer.favourite : random.below(categories().size()));
      bought.product = list[random.below(list.size())];
      bought.total = context_.catalogue.products()[bought.product].price;
      write(random, customer, bought, "", fmt::format("LC{:08}", customer.index * 17 + 1'003), "store");
    }
  }
  ExportFile& file() override { return file_; }

 private:
  void write(Random& random, const Customer& customer, const Order& order, const std::string& number, const std::string& visitor,
             std::string_view channel) {
    std::string id = fmt::format("{}{:08}", channel == "web" ? 'W' : 'T', ++count_);
    const Product& product = context_.catalogue.products()[order.product];
    std::string placed = local_minute(order.time);
    if (random.chance(0.002)) placed.replace(6, 2, "30");  // 2026 typed as 3026
    std::string total = fmt::format("{:.2f}", order.total);
    if (random.chance(0.003)) total = "¥" + total;
    constexpr std::string_view kPaid[] = {"paid", "paid", "paid", "PAID", "已付款"};
    std::vector<std::string> cells{id, placed, number, visitor,
                                   random.chance(0.3) ? "" : email_form(random, customer.identity.email),
                                   random.chance(0.4) ? "" : phone_form(random, customer.identity),
                                   product.id, std::string(categories()[product.category].key), std::to_string(order.quantity),
                                   fmt::format("{:.2f}", product.price), fmt::format("{:.0f}", order.discount), total, "CNY",
                                   std::string(channel), std::string(kPaid[random.below(5)])};
    if (context_.options.real_dirt) {
      constexpr std::string_view kCurrencies[] = {"CNY", "RMB", "¥", "人民币", "元"};
      cells[4] = worn_email(random, cells[4]);
      cells[9] = worn_amount(random, product.price);
      cells[10] += random.chance(0.7) ? "%" : "";
      cells[11] = worn_amount(random, order.total);
      cells[12] = kCurrencies[random.below(5)];
    }
    if (random.chance(0.001)) cells.resize(9);  // ragged
    file_.row(cells);
    if (random.chance(0.01)) file_.row(cells);
    context_.truth.add("orders", id, customer.index);
    Time back = order.time + days(2 + static_cast<int64_t>(random.below(8)));
    if (cells.size() == 15 && random.chance(0.03) && back < context_.options.until) {
      cells[0] = "R" + id.substr(1);
      cells[1] = local_minute(back);
      cells[14] = random.chance(0.5) ? "refunded" : "已退款";
      file_.row(cells);
      context_.truth.add("orders", cells[0], customer.index);
    }
  }
  ExportContext context_;
  ExportFile file_;
  size_t count_ = 0;
};

class SupportTickets : public Export {
 public:
  explicit SupportTickets(const ExportContext& context)
      : context_(context), file_(context.folder / "support_tickets.jsonl", ExportFile::Encoding::kUtf8) {}
  void visit(const Customer& customer, const Visit& visit, const std::optional<Order>& order) override {
    Random random(hash64("tickets", context_.options.seed) + mix64(static_cast<uint64_t>(visit.time.micros)) + mix64(customer.index));
    if (!order || !random.chance(0.08)) return;
    Time opened = order->time + minutes(static_cast<int64_t>(120 + random.below(6'000)));
    if (opened >= context_.options.until) return;
    write(random, customer, visit, opened);
  }
  ExportFile& file() override { return file_; }

 private:
  struct Matter {
    std::string_view topic, zh, en;
    int rating;
  };
  void write(Random& random, const Customer& customer, const Visit& visit, Time opened) {
    static constexpr Matter kMatters[] = {
        {"delivery", "快递太慢了，三天还没有发货", "The parcel has not left for three days", 2},
        {"quality", "质量很好，但是颜色和图片不一样", "Good quality, but the colour is not the one in the picture", 3},
        {"refund", "我要退款，收到的商品是坏的", "I want my money back, it arrived broken", 1},
        {"question", "请问这个有大一号的吗？", "Is there a larger size of this one?", 4},
        {"praise", "客服态度非常好，谢谢！", "Lovely service, thank you!", 5},
    };
    const Matter& matter = kMatters[random.below(5)];
    const Identity& who = customer.identity;
    std::string id = fmt::format("K{:07}", ++count_), out;
    JsonWriter json(out);
    json.begin_object().field("ticket", id).field("channel", random.chance(0.5) ? "wechat" : random.chance(0.5) ? "phone" : "mail");
    json.field("contact", customer.devices[visit.device]);
    if (customer.member && random.chance(0.7)) json.field("customer_no", customer.customer_number());
    if (random.chance(0.6)) json.field("phone", phone_form(random, who));
    if (random.chance(0.5)) json.field("email", email_form(random, who.email));
    std::string name = name_form(random, who);
    json.field("name", context_.options.real_dirt ? worn_text(random, name) : name).field("topic", matter.topic).field("text", who.chinese ? matter.zh : matter.en);
    if (random.chance(0.7)) json.field("rating", matter.rating);
    json.field("created", opened.milliseconds() / (random.chance(0.03) ? 1'000 : 1)).end_object();
    file_.line(out);
    context_.truth.add("support_tickets", id, customer.index);
  }
  ExportContext context_;
  ExportFile file_;
  size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Export> make_web_events(const ExportContext& context) { return std::make_unique<WebEvents>(context); }
std::unique_ptr<Export> make_orders(const ExportContext& context) { return std::make_unique<Orders>(context); }
std::unique_ptr<Export> make_support_tickets(const ExportContext& context) { return std::make_unique<SupportTickets>(context); }

}  // namespace furrow::market
