#include "identity/linkage_columns.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "base/ids.h"
#include "base/yaml.h"
#include "identity/linkage_halves.h"
#include "identity/linkage_strings.h"

namespace furrow::identity {
namespace {

constexpr size_t kSampledRows = 4'000;
constexpr size_t kOverlapRows = 40'000;
constexpr size_t kLongestCode = 24;  // KTC-D320/1G

// Names that mean the same. The first is the group's name.
const std::vector<std::vector<std::string_view>>& synonyms() {
  static const std::vector<std::vector<std::string_view>> groups{
      {"fullname", "name", "customername", "holder", "cardholder", "contactname", "personname", "membername", "username", "clientname",
       "姓名", "客户姓名", "名字", "会员姓名", "联系人", "客户名称", "顾客姓名", "收货人"},
      {"givenname", "firstname", "forename", "fname", "given", "first", "名"},
      {"surname", "lastname", "familyname", "lname", "family", "last", "姓", "姓氏"},
      {"phone", "mobile", "telephone", "tel", "phonenumber", "mobilephone", "cellphone", "cell", "phoneno", "mobileno", "手机", "手机号",
       "手机号码", "电话", "联系电话", "电话号码", "移动电话"},
      {"email", "mail", "emailaddress", "address", "邮箱", "电子邮箱", "邮件", "电子邮件"},
      {"dateofbirth", "dob", "birthday", "birthdate", "birth", "born", "bday", "出生日期", "生日", "出生年月", "出生年月日"},
      {"street", "address", "addr", "streetaddress", "address1", "addressline1", "地址", "住址", "家庭地址", "详细地址", "收货地址", "通讯地址"},
      {"city", "town", "suburb", "locality", "municipality", "城市", "所在城市", "市"},
      {"state", "province", "region", "省", "省份", "州"},
      {"postcode", "zip", "zipcode", "postalcode", "postal", "邮编", "邮政编码"},
      {"gender", "sex", "性别"},
      {"title", "name", "productname", "product", "songname", "song", "track", "papertitle", "beername", "标题", "商品名称", "产品名称", "名称"},
      {"description", "desc", "details", "描述", "说明", "简介"},
      {"manufacturer", "brand", "maker", "vendor", "producer", "品牌", "厂商", "制造商"},
      {"price", "listprice", "amount", "cost", "saleprice", "价格", "售价", "单价"},
      {"year", "releaseyear", "yearpublished", "pubyear", "年份", "年"},
      {"authors", "author", "writers", "作者"},
      {"venue", "journal", "conference", "booktitle", "publication", "期刊"},
      {"artist", "artistname", "singer", "band", "歌手", "艺术家"},
      {"album", "albumname", "专辑"},
      {"company", "companyname", "organization", "organisation", "employer", "firm", "公司", "公司名称", "单位", "企业名称"},
      {"idcard", "idnumber", "nationalid", "ssn", "socsecid", "socialsecurity", "身份证", "身份证号", "身份证号码", "证件号"},
      {"modelnumber", "modelno", "model", "mpn", "partnumber", "partno", "型号", "货号"},
      {"barcode", "ean", "ean13", "gtin", "upc", "条码", "条形码"},
      {"isbn", "isbn13"},
      {"doi"},
      {"category", "type", "genre", "class", "类别", "分类", "类型"},
      {"device", "deviceid", "visitor", "anonymousid", "cookie", "设备号"},
      {"customerno", "customernumber", "customerid", "custid", "memberid", "客户编号", "会员号", "客户号"},
      {"registered", "joined", "signupdate", "created", "createdat", "注册时间", "注册日期"}};
  return groups;
}

std::string plain(std::string_view name) {
  std::string folded = fold(name).text;
  std::erase(folded, ' ');
  return folded;
}

// Similarity of two column names, -1 (known to differ) to 1 (the same).
double name_likeness(const std::string& a, const std::string& b) {
  if (a == b) return 1;
  bool a_known = false, b_known = false;
  for (const auto& group : synonyms()) {
    bool has_a = std::find(group.begin(), group.end(), a) != group.end();
    bool has_b = std::find(group.begin(), group.end(), b) != group.end();
    if (has_a && has_b) return 0.9;
    a_known |= has_a;
    b_known |= has_b;
  }
  if (a_known && b_known) return -1;
  if (a.size() >= 4 && b.size() >= 4 && (a.find(b) != a.npos || b.find(a) != b.npos)) return 0.6;
  double alike = jaro_winkler(a, b);
  return alike > 0.92 ? 0.6 : alike > 0.85 ? 0.3 : 0;
}

struct Profile {
  size_t seen = 0, emails = 0, days_first = 0, months_first = 0, numbers = 0, decimals = 0, whole = 0, years = 0, phones = 0, zeros = 0;
  size_t padded = 0, words = 0, characters = 0, wide = 0, digits = 0, long_han = 0, with_words = 0, codes = 0;
  std::unordered_set<uint64_t> distinct;  // hashes of plain values
  size_t overlap_rows = 0;

  void add(std::string_view value, const Folded& folded) {
    ++seen;
    size_t at = value.find('@');
    if (at != value.npos && at > 0 && value.find(' ') == value.npos && value.find('.', at) != value.npos) ++emails;
    days_first += parse_day(value, DayOrder::kDayFirst).has_value();
    months_first += parse_day(value, DayOrder::kMonthFirst).has_value();
    size_t letters = 0, figures = 0, points = 0;
    for (char c : value) {
      auto byte = static_cast<unsigned char>(c);
      if (c >= '0' && c <= '9') ++figures;
      if (c == '.') ++points;
      if ((byte | 32) >= 'a' && (byte | 32) <= 'z') ++letters;
      if (byte >= 0xe3 && byte <= 0xef) ++wide;
    }
    digits += figures;
    characters += value.size();
    size_t count = folded.han > 0 ? 1 + folded.han / 4 + words_of(folded.text).size() - 1 : words_of(folded.text).size();
    words += count;
    with_words += count >= 3;
    codes += folded.han == 0 && letters > 0 && figures > 0 && value.size() <= kLongestCode && value.find_first_of(" \t") == value.npos;
    if (letters == 0 && figures > 0 && !std::isnan(parse_amount(value))) {
      ++numbers;
      if (points == 1) ++decimals;
      double amount = parse_amount(value);
      if (points == 0 && figures == value.size()) {
        ++whole;
        if (value.size() > 1 && value[0] == '0') ++padded;
        if (value.size() == 4 && amount >= 1800 && amount <= 2100) ++years;
      }
      if (amount == 0) ++zeros;
    }
    size_t folded_digits = static_cast<size_t>(std::count_if(folded.text.begin(), folded.text.end(), [](char c) { return c >= '0' && c <= '9'; }));
    size_t folded_letters = static_cast<size_t>(std::count_if(folded.text.begin(), folded.text.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
    if (folded_letters == 0 && folded.han == 0 && folded_digits >= 7 && folded_digits <= 15 &&
        (value.find_first_of("+-() ./") != value.npos || folded_digits >= 10)) {
      ++phones;
    }
  }
  double share(size_t count) const { return seen == 0 ? 0 : static_cast<double>(count) / static_cast<double>(seen); }
  void merge(const Profile& o) {
    seen += o.seen, emails += o.emails, days_first += o.days_first, months_first += o.months_first, numbers += o.numbers;
    decimals += o.decimals, whole += o.whole, years += o.years, phones += o.phones, zeros += o.zeros, padded += o.padded;
    words += o.words, characters += o.characters, wide += o.wide, digits += o.digits, with_words += o.with_words, codes += o.codes;
  }
};

bool means(const std::string& name, std::string_view group) {
  for (const auto& words : synonyms()) {
    if (words[0] == group) return std::find(words.begin(), words.end(), name) != words.end();
  }
  return false;
}

FieldKind kind_of(const Profile& p, const std::string& name) {
  if (p.share(p.emails) > 0.5) return FieldKind::kEmail;
  bool named_phone = means(name, "phone");
  if (named_phone && static_cast<double>(p.digits) > 0.3 * static_cast<double>(p.characters)) return FieldKind::kPhone;
  if (std::max(p.share(p.days_first), p.share(p.months_first)) > 0.7) return FieldKind::kDate;
  if (p.share(p.phones) > 0.8 && p.share(p.decimals) < 0.5 && p.share(p.whole) < 0.9) return FieldKind::kPhone;
  if (p.share(p.numbers) > 0.85) {
    if (means(name, "price") || p.share(p.years) > 0.8) return FieldKind::kNumber;
    if (p.share(p.decimals) > 0.2 && p.padded == 0) return FieldKind::kNumber;
    return FieldKind::kIdentifier;
  }
  double words = static_cast<double>(p.words) / std::max<double>(1, static_cast<double>(p.seen));
  double digits = static_cast<double>(p.digits) / std::max<double>(1, static_cast<double>(p.characters));
  if (p.share(p.codes) > 0.6 && words < 2.2) return FieldKind::kIdentifier;
  if (words > 2.8 || p.share(p.with_words) > 0.6) return FieldKind::kText;
  if (words < 1.3 && digits > 0.25) return FieldKind::kIdentifier;
  return FieldKind::kName;
}

struct Candidate {
  int column = -1;
  std::string name;   // plain
  std::vector<int> parts;
  bool is_id = false;
  Profile profile;
  FieldKind kind = FieldKind::kName;
};

void take_profile(const ColumnSource& source, Candidate& candidate) {
  const table::Table& table = *source.table;
  size_t rows = table.rows();
  size_t step = std::max<size_t>(1, rows / kSampledRows), overlap_step = std::max<size_t>(1, rows / kOverlapRows);
  for (size_t row = 0; row < rows; row += overlap_step) {
    const table::Column& column = table.column(static_cast<size_t>(candidate.parts[0]));
    if (column.is_null(row)) continue;
    std::string value = column.to_text(row);
    if (says_nothing(value)) continue;
    Folded folded = fold(value);
    if (row % step == 0 || step == 1) candidate.profile.add(value, folded);
    std::string key = letters_and_digits(folded.text);
    candidate.profile.distinct.insert(hash64(key.empty() ? value : key));
    ++candidate.profile.overlap_rows;
  }
  candidate.kind = kind_of(candidate.profile, candidate.name);
}

double overlap(const Profile& a, const Profile& b) {
  const auto& small = a.distinct.size() < b.distinct.size() ? a.distinct : b.distinct;
  const auto& large = a.distinct.size() < b.distinct.size() ? b.distinct : a.distinct;
  if (small.empty()) return 0;
  size_t shared = 0;
  for (uint64_t value : small) shared += large.contains(value);
  return static_cast<double>(shared) / static_cast<double>(small.size());
}

// Whether a column refers to another file's ids though it names few of them, or other things beside: codes so long that no chance
// gives so many in common. Row numbers are none.
bool refers(const Candidate& a, const Candidate& b, double shared) {
  constexpr size_t kFewest = 30, kLength = 6;
  constexpr double kLeast = 0.02;
  for (const Candidate* one : {&a, &b}) {
    const Profile& profile = one->profile;
    bool letters = profile.numbers * 10 < profile.seen;
    if (one->kind != FieldKind::kIdentifier || !letters || profile.characters < kLength * profile.seen) return false;
  }
  double in_common = shared * static_cast<double>(std::min(a.profile.distinct.size(), b.profile.distinct.size()));
  return shared > kLeast && in_common >= kFewest;
}

// How surely two columns mean the same; joined when over kJoin.
constexpr double kJoin = 0.75;
double likeness(const Candidate& a, const Candidate& b) {
  double shared = overlap(a.profile, b.profile);
  if (a.is_id && b.is_id) return 0;
  size_t distinct = std::min(a.profile.distinct.size(), b.profile.distinct.size());
  bool telling = distinct >= 30 && a.kind != FieldKind::kNumber && a.kind != FieldKind::kDate;
  if ((a.is_id || b.is_id) && refers(a, b, shared)) return 0.8 + shared;
  if (a.is_id || b.is_id) return telling && shared > 0.3 && a.kind == b.kind ? 0.8 + shared : 0;
  double named = name_likeness(a.name, b.name);
  if (distinct < 2) return named >= 0.9 ? named : 0;  // a file of one row, or of one town
  bool same_kind = a.kind == b.kind;
  auto wordy = [](FieldKind kind) { return kind == FieldKind::kName || kind == FieldKind::kText; };
  auto coded = [](FieldKind kind) { return kind == FieldKind::kIdentifier || kind == FieldKind::kPhone || kind == FieldKind::kNumber; };
  bool near_kind = same_kind || (wordy(a.kind) && wordy(b.kind)) || (coded(a.kind) && coded(b.kind));
  if (!near_kind) return named >= 1 ? 0.8 : 0;
  double score = named + (same_kind ? 0.3 : 0.1);
  if (telling) score += (named > 0 ? 0.5 : 1.1) * shared;
  return score;
}

bool known_whole_name(const std::string& name) { return means(name, "fullname"); }

std::vector<Candidate> columns_of(const ColumnSource& source, const ColumnChoice& choice) {
  std::vector<Candidate> out;
  const auto& columns = source.table->columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    Candidate candidate{.column = static_cast<int>(i), .name = plain(columns[i].name()), .parts = {static_cast<int>(i)},
                        .is_id = static_cast<int>(i) == source.id_column, .profile = {}, .kind = FieldKind::kName};
    bool ignored = std::any_of(choice.ignore.begin(), choice.ignore.end(), [&](const std::string& name) {
      return plain(name) == candidate.name || name == source.name + "." + columns[i].name();
    });
    if (!ignored) out.push_back(std::move(candidate));
  }
  return out;
}

// Of each source, the columns that say something.
std::vector<std::vector<Candidate>> candidates_of(const std::vector<ColumnSource>& sources, const ColumnChoice& choice) {
  std::vector<std::vector<Candidate>> out;
  std::vector<std::pair<size_t, size_t>> all;
  for (size_t s = 0; s < sources.size(); ++s) {
    out.push_back(columns_of(sources[s], choice));
    for (size_t c = 0; c < out[s].size(); ++c) all.emplace_back(s, c);
  }
  by_turns(all.size(), [&](size_t i) { take_profile(sources[all[i].first], out[all[i].first][all[i].second]); });
  for (size_t s = 0; s < sources.size(); ++s) {
    std::erase_if(out[s], [](const Candidate& candidate) { return candidate.profile.distinct.empty(); });
    for (Candidate& candidate : out[s]) {
      for (const auto& [name, kind] : choice.kinds) {
        if (plain(name) == candidate.name) candidate.kind = kind;
      }
      // A first column of distinct keys names the rows, not the people.
      bool key_name = candidate.name.ends_with("id") || candidate.name.ends_with("key") || candidate.name.ends_with("编号");
      if (candidate.column == 0 && sources[s].id_column < 0 && key_name && candidate.profile.distinct.size() == candidate.profile.overlap_rows &&
          candidate.profile.overlap_rows >= std::min<size_t>(sources[s].table->rows(), 20)) {
        candidate.is_id = true;
      }
    }
  }
  return out;
}

// Gives `list` a whole name put together from given name and surname, when it has both and no whole one.
void compose_name(const ColumnSource& source, std::vector<Candidate>& list) {
  const Candidate *given = nullptr, *family = nullptr;
  for (const Candidate& candidate : list) {
    if (means(candidate.name, "givenname")) given = &candidate;
    if (means(candidate.name, "surname")) family = &candidate;
    if (known_whole_name(candidate.name)) return;
  }
  if (given == nullptr || family == nullptr) return;
  Candidate whole{.column = given->column, .name = "fullname", .parts = {given->column, family->column}, .is_id = false, .profile = {},
                  .kind = FieldKind::kName};
  take_profile(source, whole);
  whole.kind = FieldKind::kName;
  list.push_back(std::move(whole));
}

// Whether no file has two values of it, which tells nobody apart. Files of one row each are another thing.
bool says_one_thing(const std::vector<int>& members, const std::vector<std::vector<Candidate>>& candidates) {
  bool rows = false;
  for (size_t s = 0; s < members.size(); ++s) {
    if (members[s] < 0) continue;
    const Profile& profile = candidates[s][static_cast<size_t>(members[s])].profile;
    if (profile.distinct.size() > 1) return false;
    rows |= profile.overlap_rows > 1;
  }
  return rows;
}

struct Group {
  std::vector<int> members;  // index into the candidates of each source; -1
  size_t first = 0;
};

bool listed(const std::string& entry, const ColumnSource& source, const Candidate& candidate) {
  const std::string& header = source.table->column(static_cast<size_t>(candidate.column)).name();
  return entry == source.name + "." + header || plain(entry) == candidate.name;
}

}  // namespace

bool says_nothing(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t' || value.back() == '\r')) value.remove_suffix(1);
  if (value.empty()) return true;
  if (value.size() > 9) return false;
  constexpr std::string_view kNothing[] = {"null", "none", "nan", "n/a", "na", "nil", "unknown", "-", "--", "?", "\\n", "未知", "无", "空", "暂无"};
  std::string lower(value);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return std::find(std::begin(kNothing), std::end(kNothing), lower) != std::end(kNothing);
}

std::string_view to_string(FieldKind kind) {
  switch (kind) {
    case FieldKind::kName: return "name";
    case FieldKind::kText: return "text";
    case FieldKind::kIdentifier: return "identifier";
    case FieldKind::kPhone: return "phone";
    case FieldKind::kEmail: return "email";
    case FieldKind::kDate: return "date";
    case FieldKind::kNumber: return "number";
  }
  return "";
}

Result<FieldKind> parse_field_kind(std::string_view name) {
  for (FieldKind kind : {FieldKind::kName, FieldKind::kText, FieldKind::kIdentifier, FieldKind::kPhone, FieldKind::kEmail, FieldKind::kDate,
                         FieldKind::kNumber}) {
    if (to_string(kind) == name) return kind;
  }
  return Error(ErrorCode::kInvalidArgument,
               "the kind \"" + std::string(name) + "\" is not one of name, text, identifier, phone, email, date, number");
}

std::vector<FieldPlan> plan_fields(const std::vector<ColumnSource>& sources, const ColumnChoice& choice) {
  std::vector<std::vector<Candidate>> candidates = candidates_of(sources, choice);
  bool whole_names = false, part_names = false;
  for (const auto& list : candidates) {
    bool whole = std::any_of(list.begin(), list.end(), [](const Candidate& c) { return known_whole_name(c.name); });
    bool parts = std::any_of(list.begin(), list.end(), [](const Candidate& c) { return means(c.name, "surname"); });
    whole_names |= whole && !parts;
    part_names |= parts;
  }
  if (whole_names && part_names) {
    for (size_t s = 0; s < sources.size(); ++s) compose_name(sources[s], candidates[s]);
  }

  std::vector<Group> groups;
  std::vector<std::vector<bool>> taken;
  for (const auto& list : candidates) taken.emplace_back(list.size(), false);
  for (const auto& same : choice.same) {
    Group group{.members = std::vector<int>(sources.size(), -1), .first = sources.size()};
    for (size_t s = 0; s < sources.size(); ++s) {
      for (size_t c = 0; c < candidates[s].size(); ++c) {
        bool here = std::any_of(same.begin(), same.end(), [&](const std::string& entry) { return listed(entry, sources[s], candidates[s][c]); });
        if (!here || taken[s][c] || group.members[s] >= 0) continue;
        group.members[s] = static_cast<int>(c);
        group.first = std::min(group.first, s);
        taken[s][c] = true;
      }
    }
    if (group.first < sources.size()) groups.push_back(group);
  }
  for (size_t s = 0; s < sources.size(); ++s) {
    // Every pair of a free column and a group by falling likeness.
    struct Pairing { double score; size_t column, group; };
    std::vector<Pairing> pairings;
    for (size_t c = 0; c < candidates[s].size(); ++c) {
      if (taken[s][c]) continue;
      for (size_t g = 0; g < groups.size(); ++g) {
        if (groups[g].members[s] >= 0) continue;
        double best = 0;
        for (size_t t = 0; t < s; ++t) {
          if (int member = groups[g].members[t]; member >= 0) best = std::max(best, likeness(candidates[s][c], candidates[t][static_cast<size_t>(member)]));
        }
        bool second_id = candidates[s][c].is_id && std::any_of(sources.begin(), sources.end(), [&](const ColumnSource& source) {
          auto t = static_cast<size_t>(&source - sources.data());
          return groups[g].members[t] >= 0 && candidates[t][static_cast<size_t>(groups[g].members[t])].is_id;
        });
        if (best > kJoin && !second_id) pairings.push_back({best, c, g});
      }
    }
    std::stable_sort(pairings.begin(), pairings.end(), [](const Pairing& x, const Pairing& y) { return x.score > y.score; });
    for (const Pairing& pairing : pairings) {
      if (taken[s][pairing.column] || groups[pairing.group].members[s] >= 0) continue;
      groups[pairing.group].members[s] = static_cast<int>(pairing.column);
      taken[s][pairing.column] = true;
    }
    for (size_t c = 0; c < candidates[s].size(); ++c) {
      if (taken[s][c]) continue;
      Group group{.members = std::vector<int>(sources.size(), -1), .first = s};
      group.members[s] = static_cast<int>(c);
      groups.push_back(group);
    }
  }

  auto filled = static_cast<size_t>(std::count_if(sources.begin(), sources.end(), [](const ColumnSource& source) { return source.table->rows() > 0; }));
  std::vector<FieldPlan> out;
  // Where all rows are one and the same, that is what is to be found.
  bool all_one = std::all_of(groups.begin(), groups.end(), [&](const Group& group) {
    const auto& first = candidates[group.first][static_cast<size_t>(group.members[group.first])];
    return first.is_id || says_one_thing(group.members, candidates);
  });
  for (const Group& group : groups) {
    size_t having = static_cast<size_t>(std::count_if(group.members.begin(), group.members.end(), [](int m) { return m >= 0; }));
    const Candidate& first = candidates[group.first][static_cast<size_t>(group.members[group.first])];
    if (having < (filled > 1 ? 2u : 1u) || (having == 1 && first.is_id)) continue;
    if (says_one_thing(group.members, candidates) && !all_one) continue;
    FieldPlan plan;
    plan.name = first.parts.size() > 1 ? "name" : sources[group.first].table->column(static_cast<size_t>(first.column)).name();
    size_t from = plan.name.find_first_not_of(' '), to = plan.name.find_last_not_of(' ');
    if (from != std::string::npos) plan.name = plan.name.substr(from, to - from + 1);
    Profile all;
    plan.columns.resize(sources.size());
    bool composed = false;
    for (size_t s = 0; s < sources.size(); ++s) {
      if (group.members[s] < 0) continue;
      const Candidate& member = candidates[s][static_cast<size_t>(group.members[s])];
      plan.columns[s] = member.parts;
      composed |= member.parts.size() > 1;
      for (std::string_view meaning : {"fullname", "givenname", "dateofbirth", "idcard", "title", "modelnumber", "barcode", "isbn", "doi"}) plan.identifying |= means(member.name, meaning);
      all.merge(member.profile);
    }
    plan.kind = composed ? FieldKind::kName : kind_of(all, first.name);
    for (const auto& [name, kind] : choice.kinds) {
      if (plain(name) == first.name) plan.kind = kind;
    }
    plan.order = all.months_first > all.days_first ? DayOrder::kMonthFirst : DayOrder::kDayFirst;
    plan.zero_is_missing = plan.kind == FieldKind::kNumber && all.zeros > 0 && all.decimals > all.seen / 10;
    out.push_back(std::move(plan));
  }
  return out;
}

}  // namespace furrow::identity
