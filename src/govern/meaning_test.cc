// Column meanings on columns as files have them, and on the shared real files.
#include "govern/meaning.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "table/row_reader.h"

namespace furrow::govern {
namespace {

MeaningGuess guess(const std::string& name, const std::vector<std::string>& cells) {
  ColumnSampler sampler(name);
  for (const std::string& cell : cells) sampler.observe(cell);
  return guess_meaning(sampler.take());
}
std::vector<std::string> repeat(const std::vector<std::string>& cells, int times) {
  std::vector<std::string> all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), cells.begin(), cells.end());
  return all;
}

TEST(Meaning, OfTypicalColumns) {
  struct Case { std::string name; std::vector<std::string> cells; Meaning meaning; };
  std::vector<std::string> ids, numbers, epochs;
  for (int i = 0; i < 100; ++i) {
    ids.push_back("C" + std::to_string(100000 + i));
    numbers.push_back(std::to_string(i * 7 % 50) + ".5");
    epochs.push_back(std::to_string(1772716020 + i * 991));
  }
  for (const Case& c : std::vector<Case>{
           {"手机", {"13812345678", "139 1234 5678", "N/A"}, Meaning::kPhone},
           {"x", {"13812345678", "13912345678", "15812345678", "18612345679"}, Meaning::kPhone},
           {"contact", {"a@x.com", "B@Y.com", "c@z.org"}, Meaning::kEmail},
           {"证件号", {"11010519491231002X", "440305199001010011", "11010519491231002X"}, Meaning::kIdCard},
           {"姓名", {"王小明", "李 雷", "Ana Garcia", "陈女士"}, Meaning::kPersonName},
           {"Holder", {"Ana Garcia", "Wei Wang", "SMITH, John", "王小明"}, Meaning::kPersonName},
           {"given_name", {"michaela", "courtney", "charles", "vanessa"}, Meaning::kGivenName},
           {"surname", {"neumann", "painter", "green", "parr"}, Meaning::kFamilyName},
           {"收货地址", {"浙江杭州西湖区文三路90号", "上海市浦东新区世纪大道1号"}, Meaning::kAddress},
           {"城市", {"上海", "北京市", "London", "Hangzhou"}, Meaning::kCity},
           {"性别", {"男", "女", "F", "M"}, Meaning::kGender},
           {"sex", {"1", "2", "2", "1"}, Meaning::kGender},
           {"Birthday", {"05/03/1990", "25/12/1985"}, Meaning::kBirthday},
           {"placed", {"05.03.2026 21:07", "06.03.2026 08:15"}, Meaning::kTimestamp},
           {"created", epochs, Meaning::kTimestamp},
           {"注册日期", {"2026-03-05", "2025-01-01"}, Meaning::kDate},
           {"total", {"¥1,234.50", "12.00", "99"}, Meaning::kMoney},
           {"amount", numbers, Meaning::kMoney},
           {"currency", repeat({"CNY", "USD", "¥"}, 5), Meaning::kCurrency},
           {"discount", {"10%", "12.5%", "0%"}, Meaning::kPercent},
           {"ip", {"10.0.0.1", "2001:db8::1"}, Meaning::kIp},
           {"website", {"https://a.com/x", "http://b.org"}, Meaning::kUrl},
           {"customer_no", ids, Meaning::kPersonId},
           {"device_id", {"3f2a9c0011", "77fe120abc", "9c1d002233"}, Meaning::kDeviceId},
           {"Churn", repeat({"Yes", "No"}, 20), Meaning::kBoolean},
           {"Tier", repeat({"Gold", "Silver", "gold "}, 20), Meaning::kCategory},
           {"review_text", {"The parcel has not left for three days, and nobody answers", "质量很好，但是颜色和图片不一样，而且有点小"}, Meaning::kFreeText},
           {"points", numbers, Meaning::kNumber},
           {"公司名称", {"上海某某有限公司", "北京智慧科技有限公司"}, Meaning::kCompanyName},
           {"x", {"", "N/A"}, Meaning::kEmpty},
       }) {
    MeaningGuess found = guess(c.name, c.cells);
    EXPECT_EQ(to_string(found.meaning), to_string(c.meaning)) << c.name << ": " << found.why;
  }
}

TEST(Meaning, NamesReadBack) {
  for (Meaning meaning : all_meanings()) EXPECT_EQ(parse_meaning(to_string(meaning)), meaning);
  EXPECT_EQ(parse_meaning("colour"), std::nullopt);
}

TEST(Meaning, OfRealFiles) {
  std::filesystem::path data = std::filesystem::path(FURROW_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data / "febrl")) GTEST_SKIP() << "the shared data sets are not here";
  struct File { std::string path; std::map<std::string, std::vector<std::string>> meanings; };
  for (const File& file : std::vector<File>{
           {"febrl/dataset3.csv.gz", {{"given_name", {"given_name"}}, {"surname", {"family_name"}}, {"address_1", {"address"}}, {"postcode", {"postcode"}}, {"state", {"province", "category"}}, {"date_of_birth", {"birthday"}},
                                       {"soc_sec_id", {"id_card", "id", "number"}}, {"rec_id", {"id"}}}},
           {"online_retail/online_retail.csv.gz", {{"InvoiceNo", {"order_id"}}, {"StockCode", {"product_id"}}, {"Description", {"free_text"}}, {"Quantity", {"number"}}, {"InvoiceDate", {"timestamp"}}, {"UnitPrice", {"money"}},
                                                   {"CustomerID", {"person_id"}}, {"Country", {"country"}}}},
           {"telco_churn/Telco-Customer-Churn.csv.gz", {{"customerID", {"person_id"}}, {"gender", {"gender"}}, {"Churn", {"boolean"}}, {"Contract", {"category"}}, {"tenure", {"number"}}, {"MonthlyCharges", {"money"}},
                                                        {"InternetService", {"category"}}, {"PhoneService", {"boolean"}}, {"SeniorCitizen", {"number"}}}},
           {"olist_leads/olist_marketing_qualified_leads_dataset.csv.gz", {{"mql_id", {"person_id"}}, {"first_contact_date", {"date"}}, {"origin", {"category"}}}},
           {"chnsenticorp_hotel/ChnSentiCorp_htl_all.csv.gz", {{"review", {"free_text"}}, {"label", {"number"}}}}}) {
    auto reader = table::RowReader::open(data / file.path);
    ASSERT_TRUE(reader.ok()) << file.path;
    std::vector<ColumnSampler> samplers;
    table::Row row;
    for (int n = 0; n < 20000;) {
      auto more = (*reader)->next(row);
      ASSERT_TRUE(more.ok());
      if (!*more) break;
      if (!row.good()) continue;
      ++n;
      while (samplers.size() < (*reader)->columns().size()) samplers.emplace_back((*reader)->columns()[samplers.size()]);
      for (size_t c = 0; c < row.cells.size(); ++c) samplers[c].observe(row.cells[c].text);
    }
    for (ColumnSampler& sampler : samplers) {
      ColumnSample sample = sampler.take();
      std::string name(sample.name);
      name.erase(0, name.find_first_not_of(' '));
      MeaningGuess found = guess_meaning(sample);
      auto wanted = file.meanings.find(name);
      if (wanted == file.meanings.end()) continue;
      EXPECT_NE(std::find(wanted->second.begin(), wanted->second.end(), to_string(found.meaning)), wanted->second.end())
          << file.path << " " << name << ": " << to_string(found.meaning) << " " << found.confidence << ", " << found.why;
    }
  }
}

}  // namespace
}  // namespace furrow::govern
