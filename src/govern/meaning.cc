#include "govern/meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "govern/address.h"
#include "govern/dates.h"
#include "govern/divisions.h"
#include "govern/email.h"
#include "govern/enumerations.h"
#include "govern/id_numbers.h"
#include "govern/numbers.h"
#include "govern/person_name.h"
#include "govern/phone.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

struct Name {
  Meaning meaning;
  std::string_view text;
};
constexpr std::array<Name, 33> kNames{{
    {Meaning::kEmpty, "empty"}, {Meaning::kPersonName, "person_name"}, {Meaning::kGivenName, "given_name"}, {Meaning::kFamilyName, "family_name"},
    {Meaning::kCompanyName, "company_name"}, {Meaning::kPhone, "phone"}, {Meaning::kEmail, "email"}, {Meaning::kIdCard, "id_card"},
    {Meaning::kBankCard, "bank_card"}, {Meaning::kAddress, "address"}, {Meaning::kProvince, "province"}, {Meaning::kCity, "city"},
    {Meaning::kDistrict, "district"}, {Meaning::kCountry, "country"}, {Meaning::kPostcode, "postcode"}, {Meaning::kGender, "gender"},
    {Meaning::kBirthday, "birthday"}, {Meaning::kMoney, "money"}, {Meaning::kCurrency, "currency"}, {Meaning::kPercent, "percent"},
    {Meaning::kTimestamp, "timestamp"}, {Meaning::kDate, "date"}, {Meaning::kUrl, "url"}, {Meaning::kIp, "ip"}, {Meaning::kUserAgent, "user_agent"},
    {Meaning::kDeviceId, "device_id"}, {Meaning::kPersonId, "person_id"}, {Meaning::kOrderId, "order_id"}, {Meaning::kProductId, "product_id"},
    {Meaning::kId, "id"}, {Meaning::kBoolean, "boolean"}, {Meaning::kCategory, "category"}, {Meaning::kNumber, "number"},
}};

constexpr size_t kLooked = 1500;  // distinct values looked at
constexpr double kPhonesTried = 200;

// What a share of a column's cells looks like.
struct Looks {
  double cells = 0;
  double email = 0, phone_written = 0, phone_valid = 0, id_card = 0, card = 0, url = 0, ip = 0, agent = 0, number = 0, plain = 0, currency = 0, percent_sign = 0;
  double currency_code = 0, gender = 0, boolean = 0, zero_one = 0, chinese_name = 0, name_like = 0, company = 0, chinese_address = 0, province = 0, city = 0, district = 0;
  double country = 0, id_like = 0, han = 0, digit_text = 0, fraction = 0, latin_address = 0, postcode = 0;
  double length = 0, blanks = 0;
  double phone_tried = 0;  // numbering plans are slow to ask: a sample will do
  bool male = false, female = false, yes = false, no = false;
  DateProfile dates;
  double date(double n) const { return static_cast<double>(dates.observed()) == 0 ? 0 : n / static_cast<double>(dates.observed()); }
};

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

// One token of letters, digits, - and _, with a digit in it: C100042, 3f2a-…, LC00001003.
bool is_id_like(std::string_view text) {
  bool digit = false;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (!std::isalnum(byte) && c != '-' && c != '_' && c != '.' && c != ':' && c != '/') return false;
    digit |= std::isdigit(byte) != 0;
  }
  return digit && text.size() >= 2 && text.size() <= 80;
}

bool is_user_agent(std::string_view text) {
  return text.starts_with("Mozilla/") || text.starts_with("Opera/") || text.starts_with("curl/") || text.starts_with("python-") || text.find("AppleWebKit") != std::string_view::npos ||
         text.find("okhttp") != std::string_view::npos;
}

bool is_chinese_name(std::string_view text) {
  std::string plain = fold_width(clean_text(text));
  size_t n = count_characters(plain);
  if (n < 2 || n > 4) return false;
  for (size_t at = 0; at < plain.size();) {
    if (!is_han(next_character(plain, at))) return false;
  }
  return chinese_family_prefix(plain) > 0;
}

bool is_name_like(std::string_view text) {
  if (count_characters(text) > 60) return false;
  auto name = read_person_name(text);
  return name.has_value();
}

bool place_of(std::string_view text, DivisionLevel level) {
  std::string plain = to_simplified(text);
  for (const Division* division : divisions_named(plain)) {
    if (division->level == level) return true;
    if (level == DivisionLevel::kCity && division->level == DivisionLevel::kProvince && division->name.ends_with("市")) return true;
  }
  return false;
}

void look_at(Looks& looks, const std::string& value, double weight, std::string_view region) {
  std::string text = fold_width(trim(value));
  looks.cells += weight;
  auto count = [&](double& slot, bool yes) { slot += yes ? weight : 0; };
  looks.length += weight * static_cast<double>(count_characters(text));
  count(looks.blanks, text.find(' ') != std::string::npos);
  count(looks.han, has_han(text));
  count(looks.email, text.find('@') != std::string::npos && read_email(text));
  size_t digits = static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
  bool phone_written = digits >= 7 && digits <= 15 && text.size() <= 40 && digits * 2 >= text.size() &&
                       text.find_first_not_of("0123456789+-() ./exttelEXT:#转") == std::string::npos;
  count(looks.phone_written, phone_written);
  if (phone_written && looks.phone_tried < kPhonesTried * weight) {
    looks.phone_tried += weight;
    count(looks.phone_valid, read_phone(text, region).has_value());
  }
  count(looks.id_card, (digits == 15 || digits == 17 || digits == 18) && read_id_card(text));
  count(looks.card, digits >= 13 && digits == text.size() && passes_luhn(text));
  count(looks.digit_text, all_digits(text));
  count(looks.url, (text.find("://") != std::string::npos || text.starts_with("www.")) && read_url(text));
  count(looks.ip, digits >= 1 && (text.find('.') != std::string::npos || text.find(':') != std::string::npos) && read_ip(text));
  count(looks.agent, is_user_agent(text));
  auto quantity = read_quantity(text);
  count(looks.number, quantity.has_value());
  count(looks.plain, quantity && is_plain_number(text));
  count(looks.fraction, quantity && quantity->number.find('.') != std::string::npos);
  count(looks.currency, quantity && !quantity->currency.empty());
  count(looks.percent_sign, quantity && (quantity->unit == "%" || quantity->unit == "‰"));
  count(looks.currency_code, !quantity && text.size() <= 9 && !currency_code(text).empty());
  auto gender = read_gender(text);
  count(looks.gender, gender.has_value());
  looks.male |= gender == std::optional<std::string_view>("male");
  looks.female |= gender == std::optional<std::string_view>("female");
  auto boolean = read_boolean(text);
  count(looks.boolean, boolean.has_value());
  count(looks.zero_one, boolean && quantity);
  looks.yes |= boolean == std::optional<bool>(true);
  looks.no |= boolean == std::optional<bool>(false);
  count(looks.chinese_name, is_chinese_name(text));
  count(looks.name_like, is_name_like(text));
  count(looks.company, looks_like_company(text));
  if (has_han(text)) {
    auto address = read_address(text);
    count(looks.chinese_address, address && address->code != 0 && count_characters(address->detail) >= 3);
    count(looks.province, place_of(text, DivisionLevel::kProvince));
    count(looks.city, place_of(text, DivisionLevel::kCity));
    count(looks.district, place_of(text, DivisionLevel::kDistrict));
  }
  count(looks.country, text.size() > 3 && !country_code(text).empty());
  count(looks.postcode, text.size() >= 4 && read_postcode(text).has_value());
  count(looks.latin_address, digits >= 1 && text.find(' ') != std::string::npos && text.size() >= 8 && std::any_of(text.begin(), text.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)); }));
  count(looks.id_like, is_id_like(text));
  looks.dates.observe(text);
}

class Judge {
 public:
  explicit Judge(const ColumnSample& sample) : sample_(sample) {
    uint64_t filled = sample.cells - sample.missing;
    distinct_share_ = filled == 0 ? 0 : static_cast<double>(sample.values.size() + sample.more_distinct) / static_cast<double>(filled);
    for (const auto& [meaning, strength] : name_hints(sample.name)) hints_[meaning] = strength;
    std::vector<std::string> phones;
    for (const auto& [value, count] : sample.values) {
      if (phones.size() < 200) phones.push_back(value);
    }
    bool numeric = hints_.contains(Meaning::kPhone) || std::any_of(phones.begin(), phones.end(), [](const std::string& t) { return t.find('+') != std::string::npos; });
    std::string region = numeric ? infer_region(phones, "CN") : "CN";
    size_t step = std::max<size_t>(1, sample.values.size() / kLooked);
    for (size_t i = 0; i < sample.values.size(); i += step) {
      look_at(looks_, sample.values[i].first, std::sqrt(static_cast<double>(sample.values[i].second)), region);
    }
  }

  MeaningGuess verdict() {
    if (sample_.values.empty()) return {Meaning::kEmpty, 1, "no cell has a value", {}};
    contacts();
    people();
    places();
    times();
    amounts();
    closed_lists();
    identifiers();
    texts();
    std::stable_sort(guesses_.begin(), guesses_.end(), [](const MeaningGuess& a, const MeaningGuess& b) { return a.confidence > b.confidence; });
    MeaningGuess best = guesses_.front();
    for (size_t i = 1; i < guesses_.size() && best.alternatives.size() < 3; ++i) {
      bool known = guesses_[i].meaning == best.meaning || std::any_of(best.alternatives.begin(), best.alternatives.end(), [&](const auto& a) { return a.first == guesses_[i].meaning; });
      if (!known && guesses_[i].confidence > 0.1) best.alternatives.emplace_back(guesses_[i].meaning, guesses_[i].confidence);
    }
    return best;
  }

 private:
  double hint(Meaning meaning) const {
    auto at = hints_.find(meaning);
    return at == hints_.end() ? 0 : at->second;
  }
  double share(double count) const { return looks_.cells == 0 ? 0 : count / looks_.cells; }
  // Of dates, which are observed one by one.
  double dated(uint64_t n) const { return looks_.date(static_cast<double>(n)); }

  void guess(Meaning meaning, double confidence, double content, std::string_view what) {
    if (confidence <= 0) return;
    std::string why = fmt::format("{:.0f} % of the cells are {}", 100 * content, what);
    if (hint(meaning) > 0) why += "; the name says so too";
    guesses_.push_back({meaning, std::clamp(confidence, 0.0, 0.99), std::move(why), {}});
  }
  // A form of its own: the content alone is enough, the name adds.
  void formed(Meaning meaning, double content, std::string_view what, double alone = 0.85) {
    double named = hint(meaning);
    if (content >= 0.6) guess(meaning, alone * content + 0.14 * named, content, what);
    else if (named > 0 && content >= 0.25) guess(meaning, 0.45 * content + 0.5 * named, content, what);
  }
  // Looks like many other things: the name has to say so.
  void named(Meaning meaning, double content, std::string_view what, double least = 0.5) {
    double strength = hint(meaning);
    if (strength > 0 && content >= least) guess(meaning, strength * (0.45 + 0.5 * content), content, what);
  }

  void contacts() {
    formed(Meaning::kEmail, share(looks_.email), "e-mail addresses", 0.95);
    formed(Meaning::kIdCard, share(looks_.id_card), "valid ID card numbers", 0.95);
    formed(Meaning::kUrl, share(looks_.url), "addresses of pages", 0.95);
    formed(Meaning::kIp, share(looks_.ip), "IP addresses", 0.95);
    formed(Meaning::kUserAgent, share(looks_.agent), "user agents", 0.95);
    double written = share(looks_.phone_written);
    double valid = looks_.phone_tried == 0 ? 0 : written * looks_.phone_valid / looks_.phone_tried;
    bool digits_only = share(looks_.digit_text) > 0.98;
    if (hint(Meaning::kPhone) > 0) formed(Meaning::kPhone, std::max(valid, 0.9 * written), "telephone numbers", 0.85);
    else if (valid >= 0.7 && distinct_share_ > 0.3) guess(Meaning::kPhone, digits_only ? (valid > 0.95 ? 0.8 : 0.5) * valid : 0.85 * valid, valid, "telephone numbers");
    if (share(looks_.card) > 0.8 && hint(Meaning::kBankCard) > 0) guess(Meaning::kBankCard, 0.9, share(looks_.card), "card numbers that pass Luhn's check");
    else if (share(looks_.card) > 0.95 && sample_.values.size() >= 10) guess(Meaning::kBankCard, 0.8, share(looks_.card), "card numbers that pass Luhn's check");
  }

  void people() {
    double names = share(looks_.name_like), chinese = share(looks_.chinese_name), company = share(looks_.company);
    double kinds = std::min(1.0, static_cast<double>(sample_.values.size()) / 8);
    // "name" beside cells that are hardly names (products, events) is not a person's.
    double shape = share(looks_.blanks) > 0.3 || chinese > 0.4 ? 1 : 0.75;
    bool long_texts = looks_.length / std::max(1.0, looks_.cells) > 30;
    if (!long_texts && company < 0.3) named(Meaning::kPersonName, names * (0.4 + 0.6 * kinds) * shape, "names of people", 0.55);
    if (chinese > 0.75 && sample_.values.size() >= 8 && distinct_share_ > 0.05) guess(Meaning::kPersonName, 0.8 * chinese, chinese, "Chinese names of people");
    named(Meaning::kGivenName, names, "words as names are", 0.6);
    named(Meaning::kFamilyName, names, "words as names are", 0.6);
    if (company > 0.5) guess(Meaning::kCompanyName, 0.6 * company + 0.35 * hint(Meaning::kCompanyName), company, "company names");
    else named(Meaning::kCompanyName, 1 - share(looks_.number), "texts", 0.7);
  }

  void places() {
    double address = share(looks_.chinese_address);
    if (address >= 0.5) guess(Meaning::kAddress, 0.8 * address + 0.18 * hint(Meaning::kAddress), address, "addresses in China");
    else named(Meaning::kAddress, 1 - share(looks_.number) - share(looks_.id_like) * 0.5, "texts", 0.5);
    double texts = 1 - share(looks_.number);
    auto place = [&](Meaning meaning, double known, std::string_view what) {
      double strength = hint(meaning);
      if (known >= 0.8 && sample_.values.size() >= 3) guess(meaning, 0.75 * known + 0.2 * strength, known, what);
      else if (strength > 0 && texts > 0.9 && share(looks_.email) < 0.1) guess(meaning, strength * (0.55 + 0.4 * known), known, what);
    };
    place(Meaning::kProvince, share(looks_.province), "provinces");
    place(Meaning::kCity, share(looks_.city), "cities");
    place(Meaning::kDistrict, share(looks_.district), "districts");
    if (double known = share(looks_.country); known > 0.6 || (hint(Meaning::kCountry) > 0 && texts > 0.9)) {
      guess(Meaning::kCountry, 0.5 * known + 0.45 * std::max(hint(Meaning::kCountry), known), known, "countries");
    }
    named(Meaning::kPostcode, share(looks_.postcode), "postcodes", 0.6);
  }

  void times() {
    const DateProfile& dates = looks_.dates;
    double civil = dated(dates.dates()), epochs = dated(dates.epochs()), compact = dated(dates.compact()), excel = dated(dates.excel_like());
    double named_time = std::max({hint(Meaning::kTimestamp), hint(Meaning::kDate), hint(Meaning::kBirthday)});
    double all = civil + (named_time > 0 ? epochs + compact + excel : compact >= 0.98 && sample_.values.size() >= 20 ? compact : 0);
    if (named_time == 0 && epochs > 0.95 && sample_.values.size() >= 20 && hint(Meaning::kId) == 0 && hint(Meaning::kPersonId) == 0 && hint(Meaning::kPhone) == 0) {
      guess(Meaning::kTimestamp, 0.6 * epochs, epochs, "epoch times of 2000 to 2036");
    }
    if (excel > 0.5 && civil + epochs + compact < 0.1 && std::max(hint(Meaning::kDate), hint(Meaning::kBirthday)) == 0 && hint(Meaning::kTimestamp) < 0.8) all = 0;
    if (all < 0.5 && !(named_time > 0.8 && all >= 0.2)) return;
    double confidence = std::min(0.97, 0.8 * all + 0.18 * named_time);
    bool with_time = dated(dates.with_time()) + epochs > 0.02 * all;
    if (hint(Meaning::kBirthday) > 0) guess(Meaning::kBirthday, confidence + 0.02, all, "dates");
    else guess(with_time ? Meaning::kTimestamp : Meaning::kDate, confidence, all, with_time ? "times" : "dates");
  }

  void amounts() {
    double number = share(looks_.number), currency = share(looks_.currency), percent = share(looks_.percent_sign);
    if (currency > 0.3 || (currency > 0.02 && number > 0.9)) guess(Meaning::kMoney, 0.7 * number + 0.25, number, "amounts, some with a currency");
    else if (number > 0.9) named(Meaning::kMoney, number, "numbers", 0.9);
    if (percent > 0.3 || (percent > 0.02 && number > 0.9 && currency < 0.02)) guess(Meaning::kPercent, 0.7 * number + 0.25, number, "numbers, some with a percent sign");
    else if (number > 0.9) named(Meaning::kPercent, number, "numbers", 0.9);
    formed(Meaning::kCurrency, share(looks_.currency_code), "currencies", hint(Meaning::kCurrency) > 0 ? 0.85 : 0.7);
    if (number >= 0.9) guess(Meaning::kNumber, 0.55 + 0.15 * number + 0.1 * hint(Meaning::kNumber), number, "numbers");
    else if (number >= 0.6) guess(Meaning::kNumber, 0.6 * number, number, "numbers");
  }

  void closed_lists() {
    size_t kinds = sample_.values.size();
    double gender = share(looks_.gender);
    // Codes 1 and 2 are genders only where the name says so.
    bool coded = hint(Meaning::kGender) > 0 && share(looks_.number) > 0.1 && kinds <= 8;
    if (gender > 0.6 && looks_.male && looks_.female) guess(Meaning::kGender, 0.75 * gender + 0.22 * hint(Meaning::kGender), gender, "genders");
    else if (hint(Meaning::kGender) > 0 && (gender > 0.4 || coded)) guess(Meaning::kGender, 0.9 * hint(Meaning::kGender), gender, "genders");
    double boolean = share(looks_.boolean), bare = share(looks_.zero_one);
    if (boolean > 0.97 && kinds <= 12 && looks_.yes && looks_.no && bare < 0.99) guess(Meaning::kBoolean, 0.85 * boolean + 0.1 * hint(Meaning::kBoolean), boolean, "yes or no");
    double filled = static_cast<double>(sample_.cells - sample_.missing);
    double mean_length = looks_.length / std::max(1.0, looks_.cells);
    bool few = static_cast<double>(kinds + sample_.more_distinct) <= std::max(20.0, 0.1 * filled) && kinds <= 500;
    if (few && mean_length <= 40 && share(looks_.number) < 0.9 && filled >= 2 * static_cast<double>(kinds)) {
      guess(Meaning::kCategory, 0.55 + 0.2 * hint(Meaning::kCategory), 1, "one of a few texts");
    }
  }

  void identifiers() {
    double ids = std::max(share(looks_.id_like), share(looks_.digit_text));
    for (Meaning meaning : {Meaning::kDeviceId, Meaning::kPersonId, Meaning::kOrderId, Meaning::kProductId, Meaning::kId}) {
      double whole = share(looks_.fraction) > 0.02 && share(looks_.number) > 0.9 ? 0 : ids;
      named(meaning, whole, "codes", 0.5);
    }
    bool codes = share(looks_.id_like) > 0.95 && share(looks_.number) < 0.9 && sample_.values.size() >= 20;
    if (codes && distinct_share_ > 0.5) guess(Meaning::kId, 0.62, share(looks_.id_like), "codes, most of them different");
  }

  void texts() {
    double mean_length = looks_.length / std::max(1.0, looks_.cells);
    guess(Meaning::kFreeText, 0.3 + (mean_length > 40 ? 0.35 : 0.1) + 0.2 * hint(Meaning::kFreeText), 1, "texts");
    if (hint(Meaning::kFreeText) >= 0.8 && share(looks_.number) < 0.5) guesses_.back().confidence = std::max(guesses_.back().confidence, 0.72);
  }

  const ColumnSample& sample_;
  Looks looks_;
  double distinct_share_ = 0;
  std::unordered_map<Meaning, double> hints_;
  std::vector<MeaningGuess> guesses_;
};

constexpr std::array<Meaning, 34> kAll = [] {
  std::array<Meaning, 34> all{};
  for (size_t i = 0; i < kNames.size(); ++i) all[i] = kNames[i].meaning;
  all[33] = Meaning::kFreeText;
  return all;
}();

}  // namespace

std::string_view to_string(Meaning meaning) {
  for (const Name& name : kNames) {
    if (name.meaning == meaning) return name.text;
  }
  return "free_text";
}
std::optional<Meaning> parse_meaning(std::string_view text) {
  for (Meaning meaning : kAll) {
    if (to_string(meaning) == text) return meaning;
  }
  return {};
}
std::span<const Meaning> all_meanings() { return kAll; }
bool is_identifier(Meaning meaning) {
  return meaning == Meaning::kDeviceId || meaning == Meaning::kPersonId || meaning == Meaning::kOrderId || meaning == Meaning::kProductId || meaning == Meaning::kId;
}
bool has_standard_form(Meaning meaning) {
  return !is_identifier(meaning) && meaning != Meaning::kEmpty && meaning != Meaning::kFreeText && meaning != Meaning::kNumber && meaning != Meaning::kUserAgent &&
         meaning != Meaning::kCategory && meaning != Meaning::kCountry;
}

struct ColumnSampler::State {
  ColumnSample sample;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> index;
};
ColumnSampler::ColumnSampler(std::string name) : state_(std::make_unique<State>()) { state_->sample.name = std::move(name); }
ColumnSampler::~ColumnSampler() = default;
ColumnSampler::ColumnSampler(ColumnSampler&&) noexcept = default;
ColumnSampler& ColumnSampler::operator=(ColumnSampler&&) noexcept = default;

void ColumnSampler::observe(std::string_view cell) {
  ColumnSample& sample = state_->sample;
  ++sample.cells;
  if (is_missing_marker(cell)) {
    ++sample.missing;
    return;
  }
  auto at = state_->index.find(cell);
  if (at != state_->index.end()) {
    ++sample.values[at->second].second;
  } else if (sample.values.size() < kMostValues) {
    state_->index.emplace(cell, sample.values.size());
    sample.values.emplace_back(cell, 1);
  } else {
    ++sample.more_distinct;
  }
}
ColumnSample ColumnSampler::take() { return std::move(state_->sample); }

MeaningGuess guess_meaning(const ColumnSample& sample) { return Judge(sample).verdict(); }

}  // namespace furrow::govern
