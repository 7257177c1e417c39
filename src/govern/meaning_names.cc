// Column names: words in English, parts of words in Chinese.
#include <algorithm>
#include <array>
#include <map>

#include "govern/meaning.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

// customerPhoneNo → customer phone no; "E-mail" → e mail.
std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  auto end = [&] {
    if (!word.empty()) words.push_back(to_lower(word));
    word.clear();
  };
  std::string folded = fold_width(name);
  for (size_t i = 0; i < folded.size(); ++i) {
    char c = folded[i];
    if (!std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80) {
      end();
      continue;
    }
    bool upper = std::isupper(static_cast<unsigned char>(c));
    bool after_lower = !word.empty() && (std::islower(static_cast<unsigned char>(word.back())) || std::isdigit(static_cast<unsigned char>(word.back())));
    bool before_lower = i + 1 < folded.size() && std::islower(static_cast<unsigned char>(folded[i + 1]));
    if (upper && !word.empty() && (after_lower || before_lower)) end();
    word += c;
  }
  end();
  return words;
}

struct Words {
  Meaning meaning;
  double strength;
  std::vector<std::string_view> any;  // "a b" asks for both words next to each other
};

const std::vector<Words>& english() {
  static const std::vector<Words> table{
      {Meaning::kEmail, 1, {"email", "e mail", "mail", "emailaddress", "mailbox"}},
      {Meaning::kPhone, 1, {"phone", "mobile", "tel", "telephone", "cell", "cellphone", "msisdn", "phonenumber", "mobilephone", "fax", "whatsapp"}},
      {Meaning::kIdCard, 1, {"idcard", "id card", "identity card", "identity no", "idno", "national id", "sfz", "ssn", "soc sec id", "id number"}},
      {Meaning::kBankCard, 0.9, {"bank card", "card number", "pan", "credit card", "cardnumber", "bankcard"}},
      {Meaning::kGivenName, 1, {"given name", "first name", "firstname", "forename", "given", "givenname", "fname", "first"}},
      {Meaning::kFamilyName, 1, {"family name", "last name", "lastname", "surname", "familyname", "lname", "last"}},
      {Meaning::kCompanyName, 1, {"company", "firm", "employer", "organisation", "organization", "org name", "company name", "corp", "account name", "supplier", "vendor name", "merchant name", "merchant", "shop name", "store name", "seller name", "brand"}},
      {Meaning::kPersonName, 0.95, {"full name", "fullname", "customer name", "holder", "contact name", "person name", "recipient", "client name", "cust name", "buyer name", "contact", "name"}},
      {Meaning::kAddress, 0.9, {"address", "addr", "street", "address 1", "address 2", "shipping address", "street address", "location"}},
      {Meaning::kProvince, 0.9, {"province", "state", "region", "prov"}},
      {Meaning::kCity, 0.95, {"city", "town", "suburb", "municipality"}},
      {Meaning::kDistrict, 0.9, {"district", "county"}},
      {Meaning::kCountry, 0.95, {"country", "nation", "nationality", "country code"}},
      {Meaning::kPostcode, 1, {"postcode", "zip", "zipcode", "postal", "postal code", "zip code", "post code"}},
      {Meaning::kGender, 1, {"gender", "sex"}},
      {Meaning::kBirthday, 1, {"birthday", "birth date", "birthdate", "dob", "date of birth", "born", "birth"}},
      {Meaning::kTimestamp, 0.9, {"time", "timestamp", "datetime", "at", "ts", "created", "updated", "opened", "closed", "placed", "joined", "last open", "modified", "received", "sent"}},
      {Meaning::kDate, 0.9, {"date", "day", "dt", "registered", "since", "until", "expiry", "expires", "joined", "won date"}},
      {Meaning::kMoney, 0.9, {"price", "amount", "total", "revenue", "income", "salary", "cost", "spend", "fee", "payment", "balance", "sales", "charges", "value", "gmv", "budget", "paid amount", "money", "deposit", "mnt"}},
      {Meaning::kCurrency, 1, {"currency", "ccy", "currency code"}},
      {Meaning::kPercent, 0.9, {"percent", "pct", "percentage", "rate", "ratio", "discount pct", "share"}},
      {Meaning::kUrl, 1, {"url", "link", "website", "homepage", "href", "referrer", "referer", "picture", "web site", "uri"}},
      {Meaning::kIp, 1, {"ip", "ip address", "ipaddress", "client ip", "remote addr"}},
      {Meaning::kUserAgent, 1, {"user agent", "useragent", "ua"}},
      {Meaning::kDeviceId, 1, {"device", "device id", "deviceid", "anonymous id", "imei", "idfa", "oaid", "gaid", "cookie", "visitor", "visitor id", "openid", "fingerprint", "mac", "udid"}},
      {Meaning::kOrderId, 0.95, {"order id", "order no", "orderid", "order number", "invoice", "invoice no", "transaction id", "order", "basket id", "ticket", "trade no", "bill no"}},
      {Meaning::kProductId, 0.95, {"product id", "sku", "stock code", "item id", "asin", "product", "goods id", "upc", "barcode", "ean", "isbn", "stockcode"}},
      {Meaning::kPersonId, 0.95, {"customer id", "customerid", "user id", "userid", "customer no", "member id", "member no", "card no", "account id", "client id", "household id", "subscriber id",
                                  "profile id", "person id", "uid", "cust id", "customer number", "mql id", "seller id", "account no", "account number"}},
      {Meaning::kId, 0.85, {"id", "no", "code", "key", "uuid", "guid", "number", "hash", "serial", "ref", "reference", "rec id", "index"}},
      {Meaning::kFreeText, 0.9, {"note", "notes", "comment", "comments", "review", "text", "description", "remark", "message", "content", "body", "feedback", "title", "summary", "subject", "question", "answer",
                                 "event name", "product name", "item name", "page name", "campaign name", "file name", "user name", "username", "nickname", "nick name", "screen name", "brand name", "interests",
                                 "tags", "keywords", "sentence", "instruction", "authors", "venue"}},
      {Meaning::kCategory, 0.8, {"category", "type", "status", "state", "tier", "level", "grade", "channel", "class", "group", "segment", "kind", "list", "topic", "source", "platform", "os", "browser", "language",
                                 "locale", "method", "department", "marital", "education", "job", "occupation", "vendor"}},
      {Meaning::kNumber, 0.8, {"count", "qty", "quantity", "num", "age", "points", "score", "rating", "opens", "clicks", "index", "weight", "height", "width", "length", "size", "duration", "tenure", "units", "year", "month",
                               "lat", "lon", "latitude", "longitude"}},
  };
  return table;
}

const std::vector<Words>& chinese() {
  static const std::vector<Words> table{
      {Meaning::kEmail, 1, {"邮箱", "电子邮件", "邮件地址", "电邮", "邮件"}},
      {Meaning::kPhone, 1, {"手机", "电话", "联系方式", "座机", "固话", "传真", "移动电话"}},
      {Meaning::kIdCard, 1, {"身份证", "证件号"}},
      {Meaning::kBankCard, 1, {"银行卡", "卡号"}},
      {Meaning::kFamilyName, 0.9, {"姓氏"}},
      {Meaning::kCompanyName, 1, {"公司", "企业", "单位名称", "工作单位", "商户", "供应商", "机构名", "店铺名"}},
      {Meaning::kPersonName, 1, {"姓名", "联系人", "收件人", "收货人", "客户名", "会员名", "持卡人", "名字", "顾客名", "用户姓名", "买家姓名"}},
      {Meaning::kAddress, 1, {"地址", "住址", "收货地", "详细地址"}},
      {Meaning::kProvince, 1, {"省份", "省"}},
      {Meaning::kCity, 1, {"城市", "地市", "所在市", "市"}},
      {Meaning::kDistrict, 1, {"区县", "县区", "地区", "区"}},
      {Meaning::kCountry, 1, {"国家", "国籍"}},
      {Meaning::kPostcode, 1, {"邮编", "邮政编码"}},
      {Meaning::kGender, 1, {"性别"}},
      {Meaning::kBirthday, 1, {"生日", "出生"}},
      {Meaning::kTimestamp, 0.95, {"时间", "时刻"}},
      {Meaning::kDate, 0.95, {"日期", "注册日", "日"}},
      {Meaning::kMoney, 0.95, {"金额", "价格", "单价", "总价", "收入", "费用", "消费", "薪", "成本", "余额", "售价", "支付", "实付", "应付", "营业额", "销售额", "预算"}},
      {Meaning::kCurrency, 1, {"币种", "货币"}},
      {Meaning::kPercent, 1, {"百分比", "比例", "率", "占比", "折扣"}},
      {Meaning::kUrl, 1, {"网址", "链接", "官网"}},
      {Meaning::kIp, 1, {"ip地址"}},
      {Meaning::kDeviceId, 1, {"设备号", "设备id", "设备"}},
      {Meaning::kOrderId, 1, {"订单号", "订单编号", "单号", "订单id", "流水号", "发票号"}},
      {Meaning::kProductId, 1, {"商品编号", "商品id", "货号", "商品编码", "产品编号", "产品id", "条码"}},
      {Meaning::kPersonId, 1, {"客户编号", "客户号", "会员号", "用户id", "会员编号", "会员卡号", "客户id", "用户编号", "会员id", "客户代码"}},
      {Meaning::kId, 0.9, {"编号", "序号", "编码", "代码"}},
      {Meaning::kFreeText, 0.95, {"备注", "评论", "评价内容", "内容", "描述", "说明", "留言", "标题", "商品名", "产品名", "昵称", "用户名", "反馈", "意见", "问题"}},
      {Meaning::kBoolean, 0.8, {"是否", "有无"}},
      {Meaning::kCategory, 0.85, {"类别", "类型", "等级", "级别", "状态", "渠道", "来源", "分类", "学历", "职业", "婚姻", "部门", "平台", "行业"}},
      {Meaning::kNumber, 0.85, {"数量", "次数", "积分", "年龄", "评分", "件数", "重量", "身高", "体重", "人数"}},
  };
  return table;
}

}  // namespace

std::vector<std::pair<Meaning, double>> name_hints(std::string_view column_name) {
  std::map<Meaning, double> best;
  std::map<Meaning, size_t> reach;  // longest words win over those inside them
  auto note = [&](Meaning meaning, double strength, size_t length) {
    double& at = best[meaning];
    at = std::max(at, strength);
    reach[meaning] = std::max(reach[meaning], length);
  };
  std::vector<std::string> words = name_words(column_name);
  std::string joined = " ";
  for (const std::string& word : words) joined += word + " ";
  for (const Words& row : english()) {
    for (std::string_view wanted : row.any) {
      std::string padded = " " + std::string(wanted) + " ";
      size_t at = joined.find(padded);
      if (at == std::string::npos) continue;
      // The last words of a name say what it is, those before of whom: "customer city" is a city.
      bool last = at + padded.size() == joined.size();
      bool whole = padded == joined;
      note(row.meaning, row.strength * (whole ? 1.0 : last ? 0.9 : 0.6), wanted.size() + (last ? 1 : 0));
    }
  }
  std::string plain = to_lower(to_simplified(fold_width(clean_text(column_name))));
  if (has_han(plain)) {
    for (const Words& row : chinese()) {
      for (std::string_view wanted : row.any) {
        size_t at = plain.find(wanted);
        if (at == std::string::npos) continue;
        bool last = at + wanted.size() == plain.size();
        bool short_word = wanted.size() == 3;
        if (short_word && !last) continue;
        note(row.meaning, row.strength * (plain == wanted ? 1.0 : last ? 0.92 : 0.7), wanted.size() * 2 + (last ? 1 : 0));
      }
    }
  }
  size_t longest = 0;
  for (const auto& [meaning, length] : reach) longest = std::max(longest, length);
  std::vector<std::pair<Meaning, double>> hints;
  for (auto [meaning, strength] : best) {
    if (reach[meaning] < longest) strength *= 0.7;
    hints.emplace_back(meaning, strength);
  }
  std::stable_sort(hints.begin(), hints.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return hints;
}

}  // namespace furrow::govern
