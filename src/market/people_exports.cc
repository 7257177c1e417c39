// The exports that list people: CRM, mailing list, loyalty cards, third-party segments.
#include <fmt/format.h>

#include "market/dirt.h"
#include "market/exports.h"

namespace furrow::market {
namespace {

class Crm : public Export {
 public:
  explicit Crm(const ExportContext& context) : context_(context), file_(context.folder / "crm.csv", ExportFile::Encoding::kGb18030) {
    file_.header({"客户编号", "姓名", "手机", "邮箱", "城市", "性别", "出生日期", "注册时间", "客户等级", "备注"});
  }
  void person(const Customer& customer) override {
    if (!customer.member) return;
    Random random(hash64("crm", context_.options.seed) + mix64(customer.index));
    write(random, customer, customer.customer_number());
    if (random.chance(0.03)) {  // a second account of the same person
      write(random, customer, fmt::format("C{}", 100'000 + context_.options.customers + customer.index));
    }
  }
  ExportFile& file() override { return file_; }

 private:
  void write(Random& random, const Customer& customer, const std::string& number) {
    const Identity& who = customer.identity;
    constexpr std::string_view kGrades[] = {"普通", "银卡", "金卡", "VIP"};
    std::string registered = local_date(customer.registered, "-", false);
    double u = random.uniform();
    if (u < 0.004) registered.replace(0, 4, "2099");
    if (u > 0.99) registered.clear();
    std::string phone = random.chance(0.06) ? "" : random.chance(0.01) ? "13800000000" : phone_form(random, who);
    std::string email = random.chance(0.12) ? "" : random.chance(0.01) ? "info@example.com" : email_form(random, who.email);
    std::string gender = random.chance(0.1) ? "" : who.gender == 'f' ? (random.chance(0.8) ? "女" : "F") : (random.chance(0.8) ? "男" : "M");
    std::string born = fmt::format("{}/{}/{}", customer.born.year, customer.born.month, customer.born.day);
    if (random.chance(0.15)) born.clear();
    if (random.chance(0.01)) born = "1900/1/1";
    std::string note = random.chance(0.05) ? "重要客户,请优先回访" : random.chance(0.02) ? "电话\"打不通\"" : "";
    std::string city = random.chance(0.7) ? who.city : random.chance(0.5) ? who.city + "市" : who.city_latin;
    std::string name = name_form(random, who);
    if (context_.options.real_dirt) {
      gender = worn_gender(random, who.gender);
      if (!born.empty()) born = worn_date(random, customer.born.year, customer.born.month, customer.born.day);
      if (registered.size() == 10 && !registered.starts_with("2099")) {
        registered = worn_date(random, std::stoi(registered.substr(0, 4)), std::stoi(registered.substr(5, 2)), std::stoi(registered.substr(8, 2)));
      }
      name = worn_text(random, name);
      email = worn_email(random, email);
      phone = worn_text(random, phone);
    }
    std::vector<std::string> cells{number, name, phone, email, city, gender, born, registered,
                                   std::string(kGrades[random.below(4)]), note};
    file_.row(cells);
    if (random.chance(0.01)) file_.row(cells);  // exported twice
    context_.truth.add("crm", number, customer.index);
  }
  ExportContext context_;
  ExportFile file_;
};

class EmailPlatform : public Export {
 public:
  explicit EmailPlatform(const ExportContext& context)
      : context_(context), file_(context.folder / "email_platform.tsv", ExportFile::Encoding::kUtf8, '\t') {
    file_.header({"subscriber_id", "address", "full_name", "list", "subscribed_at", "last_open", "opens_90d", "clicks_90d", "state"});
  }
  void person(const Customer& customer) override {
    if (!customer.subscriber) return;
    Random random(hash64("email", context_.options.seed) + mix64(customer.index));
    const Identity& who = customer.identity;
    std::string id = fmt::format("S{:07}", customer.index * 3 + 11);
    Time joined = customer.registered + days(static_cast<int64_t>(random.below(20)));
    if (joined > context_.options.until) joined = customer.registered;
    int64_t epoch = joined.milliseconds() / (random.chance(0.95) ? 1'000 : 1);  // some systems wrote milliseconds
    uint64_t opens = random.poisson(4), clicks = random.poisson(0.2 * static_cast<double>(opens));
    std::string opened = opens ? local_date(context_.options.until - days(static_cast<int64_t>(random.below(90))), "-", false) : "";
    std::string name = random.chance(0.3) ? "" : random.chance(0.6) ? who.given_latin + " " + who.family_latin : name_form(random, who);
    std::string address = email_form(random, who.email);
    if (context_.options.real_dirt) {
      address = worn_email(random, address);
      name = worn_text(random, name);
      if (!opened.empty()) opened = worn_date(random, std::stoi(opened.substr(0, 4)), std::stoi(opened.substr(5, 2)), std::stoi(opened.substr(8, 2)));
    }
    file_.row({id, address, name, random.chance(0.7) ? "newsletter" : "offers", std::to_string(epoch), opened,
               std::to_string(opens), std::to_string(clicks), random.chance(0.93) ? "active" : "bounced"});
    context_.truth.add("email_platform", id, customer.index);
  }
  ExportFile& file() override { return file_; }

 private:
  ExportContext context_;
  ExportFile file_;
};

class LoyaltyCards : public Export {
 public:
  explicit LoyaltyCards(const ExportContext& context)
      : context_(context), file_(context.folder / "loyalty_cards.csv", ExportFile::Encoding::kUtf8WithMark) {
    file_.header({"Card No", "Holder", "Mobile", "E-mail", "Birthday", "Joined", "Points", "Tier"});
  }
  void person(const Customer& customer) override {
    if (!customer.card_holder) return;
    Random random(hash64("loyalty", context_.options.seed) + mix64(customer.index));
    const Identity& who = customer.identity;
    std::string card = fmt::format("LC{:08}", customer.index * 17 + 1'003);
    std::string holder = random.chance(0.35) ? name_form(random, who) : random.chance(0.5) ? who.full_name() : who.family_latin + " " + who.given_latin;
    if (random.chance(0.03)) holder = full_width(holder);
    std::string birthday = random.chance(0.2) ? "" : fmt::format("{:02}/{:02}/{}", customer.born.day, customer.born.month, customer.born.year);
    std::string email = random.chance(0.6) ? "" : email_form(random, who.email);
    Time carded = customer.registered + days(static_cast<int64_t>(random.below(5)));
    std::string joined = local_date(std::min(carded, context_.options.until), "/", true);
    if (random.chance(0.005)) joined = "31/02/2025";
    if (context_.options.real_dirt) {
      email = worn_email(random, email);
      holder = worn_text(random, holder);
    }
    constexpr std::string_view kTiers[] = {"Green", "Silver", "Gold", "gold ", "ＧＯＬＤ"};
    file_.row({card, holder, random.chance(0.08) ? "" : phone_form(random, who), email, birthday, joined,
               std::to_string(random.below(5'000)), std::string(kTiers[random.below(5)])});
    context_.truth.add("loyalty_cards", card, customer.index);
  }
  ExportFile& file() override { return file_; }

 private:
  ExportContext context_;
  ExportFile file_;
};

class Dmp : public Export {
 public:
  explicit Dmp(const ExportContext& context) : context_(context), file_(context.folder / "dmp.csv.gz", ExportFile::Encoding::kUtf8) {
    file_.header({"device_id", "vendor", "age_band", "income_band", "interests", "purchase_index", "updated"});
  }
  void person(const Customer& customer) override {
    Random random(hash64("dmp", context_.options.seed) + mix64(customer.index));
    for (const std::string& device : customer.devices) {
      if (!random.chance(0.7)) continue;
      write(random, customer, device, "A");
      if (random.chance(0.05)) write(random, customer, device, "B");
      context_.truth.add("dmp", device, customer.index);
    }
  }
  ExportFile& file() override { return file_; }

 private:
  // Third-party data is right about two times in three.
  void write(Random& random, const Customer& customer, const std::string& device, const std::string& vendor) {
    int age = civil_from_days(context_.options.until.micros / days(1).micros).year - customer.born.year;
    if (random.chance(0.33)) age = 18 + static_cast<int>(random.below(55));
    std::string band = age < 25 ? "18-24" : age < 35 ? "25-34" : age < 50 ? "35-49" : "50+";
    size_t interest = random.chance(0.66) ? customer.favourite : random.below(categories().size());
    size_t other = random.chance(0.5) ? customer.second : random.below(categories().size());
    double index = 100 * (1 + 0.4 * customer.propensity + 0.2 * random.normal());
    constexpr std::string_view kIncome[] = {"low", "middle", "high", "unknown"};
    size_t income = customer.price_sensitivity > 0.5 ? 0 : customer.price_sensitivity > 0.3 ? 1 : 2;
    if (random.chance(0.4)) income = random.below(4);
    Time updated = context_.options.until - seconds(static_cast<int64_t>(random.below(86'400 * 60)));
    file_.row({device, vendor, band, std::string(kIncome[income]),
               fmt::format("{}|{}", categories()[interest].key, categories()[other].key), fmt::format("{:.0f}", index), format_time(updated)});
  }
  ExportContext context_;
  ExportFile file_;
};

}  // namespace

std::unique_ptr<Export> make_crm(const ExportContext& context) { return std::make_unique<Crm>(context); }
std::unique_ptr<Export> make_email_platform(const ExportContext& context) { return std::make_unique<EmailPlatform>(context); }
std::unique_ptr<Export> make_loyalty_cards(const ExportContext& context) { return std::make_unique<LoyaltyCards>(context); }
std::unique_ptr<Export> make_dmp(const ExportContext& context) { return std::make_unique<Dmp>(context); }

}  // namespace furrow::market
