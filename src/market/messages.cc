#include "market/messages.h"

#include <fmt/format.h>

#include "base/json.h"

namespace furrow::market {
namespace {

constexpr size_t kOfferOrdinal = 1'000, kOrderOrdinal = 1'001, kIdentifyOrdinal = 999;

std::string_view user_agent(const Customer& customer) {
  return customer.index % 3 == 0 ? "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" : "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)";
}

}  // namespace

struct MessageWriter::Message {
  std::string_view type = "track";
  std::string name = {};      // of a track or page
  std::string body = {};      // properties or traits, a JSON object
  std::string decision = {};  // context.decisionId
};

std::string MessageWriter::finish(const Customer& customer, const Visit& visit, const Message& message, size_t ordinal, Time time) const {
  std::string out;
  JsonWriter json(out);
  uint64_t id = mix64(hash64("message", seed_) + mix64(static_cast<uint64_t>(visit.time.micros)) + mix64(customer.index * 2'048 + ordinal));
  json.begin_object().field("type", message.type);
  json.field("messageId", fmt::format("m-{:016x}", id));
  json.field("anonymousId", customer.devices[visit.device]);
  if (visit.signed_in) json.field("userId", customer.customer_number());
  if (message.type == "track") json.field("event", message.name);
  if (message.type == "page") json.field("name", message.name);
  json.key(message.type == "identify" ? "traits" : "properties").raw(message.body);
  json.key("context").begin_object().field("userAgent", user_agent(customer));
  json.field("locale", customer.identity.chinese ? "zh-CN" : "en-GB");
  if (!message.decision.empty()) json.field("decisionId", message.decision);
  json.end_object();
  json.field("timestamp", format_time(time)).end_object();
  return out;
}

MessageWriter::Message MessageWriter::step_message(const Step& step) const {
  Message message;
  JsonWriter json(message.body);
  json.begin_object();
  switch (step.kind) {
    case Step::Kind::kHome:
      message.type = "page";
      message.name = "Home";
      json.field("path", "/");
      break;
    case Step::Kind::kCategory:
      message.name = "Product List Viewed";
      json.field("category", categories()[step.subject].key);
      break;
    case Step::Kind::kSortByPrice:
      message.name = "Product List Filtered";
      json.field("category", categories()[step.subject].key).field("sort", "price_asc");
      break;
    case Step::Kind::kProduct:
    case Step::Kind::kCart:
    case Step::Kind::kCheckout: {
      const Product& product = catalogue_.products()[step.subject];
      message.name = step.kind == Step::Kind::kProduct ? "Product Viewed" : step.kind == Step::Kind::kCart ? "Product Added" : "Checkout Started";
      json.field("product_id", product.id).field("name", product.name_zh).field("category", categories()[product.category].key);
      json.field("price", product.price);
      break;
    }
  }
  json.end_object();
  return message;
}

std::vector<std::string> MessageWriter::browsing(const Customer& customer, const Visit& visit) const {
  std::vector<std::string> messages;
  for (size_t i = 0; i < visit.steps.size(); ++i) {
    const Step& step = visit.steps[i];
    messages.push_back(finish(customer, visit, step_message(step), i, visit.time + step.after));
    if (i > 0 || !visit.signs_in) continue;
    Message identify{.type = "identify"};
    JsonWriter json(identify.body);
    json.begin_object().field("name", customer.identity.full_name()).field("email", customer.identity.email);
    json.field("phone", customer.identity.phone).field("city", customer.identity.city).end_object();
    messages.push_back(finish(customer, visit, identify, kIdentifyOrdinal, visit.time + step.after + milliseconds(900)));
  }
  return messages;
}

std::string MessageWriter::offer_viewed(const Customer& customer, const Visit& visit, Time time, const std::string& decision) const {
  const Offer& offer = offers()[visit.offer];
  Message message{.name = "Offer Viewed", .decision = decision};
  JsonWriter json(message.body);
  json.begin_object().field("placement", "home").field("action", offer.id).field("discount", offer.discount);
  json.field("category", offer.category_key()).field("free_shipping", offer.free_shipping ? 1 : 0).end_object();
  return finish(customer, visit, message, kOfferOrdinal, time);
}

std::string MessageWriter::order_completed(const Customer& customer, const Visit& visit, const Order& order, const std::string& number,
                                           const std::string& decision) const {
  const Product& product = catalogue_.products()[order.product];
  Message message{.name = "Order Completed", .decision = decision};
  JsonWriter json(message.body);
  json.begin_object().field("order_id", number).field("product_id", product.id).field("category", categories()[product.category].key);
  json.field("quantity", order.quantity).field("price", product.price).field("discount", order.discount);
  json.field("total", order.total).field("currency", "CNY").field("channel", "web").end_object();
  return finish(customer, visit, message, kOrderOrdinal, order.time);
}

}  // namespace furrow::market
