#include "learn/encoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/dataset_from_table.h"

namespace furrow::learn {
namespace {

Column text(std::string name, const std::vector<std::string>& cells) {
  TextColumnBuilder builder(std::move(name));
  for (const auto& cell : cells) builder.add(cell);
  return std::move(builder).finish();
}

TEST(Dataset, TextThatIsNumbersSettlesToNumbers) {
  Column charges = text("charges", {"1.5", " ", "-2", "NA", "?"});
  EXPECT_EQ(charges.kind, ColumnKind::kNumber);
  EXPECT_EQ(charges.numbers[0], 1.5);
  EXPECT_TRUE(charges.missing(1) && charges.missing(3) && charges.missing(4));
  EXPECT_EQ(text("zip", {"007", "123"}).kind, ColumnKind::kText);
  EXPECT_EQ(text("flag", {"TRUE", "False"}).numbers, (std::vector<double>{1, 0}));
  Column day = text("day", {"2026-03-01", "2026-03-02T12:00:00Z"});
  EXPECT_EQ(day.kind, ColumnKind::kTime);
  EXPECT_EQ(day.text(1), "2026-03-02T12:00:00.000Z");
  EXPECT_EQ(text("mixed", {"1", "two"}).kind, ColumnKind::kText);
}

TEST(Dataset, NumbersThatLoseDigitsAreIds) {
  Column order = text("order", {"12345678901234567890", "12345678901234567891", ""});
  ASSERT_EQ(order.kind, ColumnKind::kText);
  EXPECT_EQ(order.text(1), "12345678901234567891");
  EXPECT_EQ(text("micros", {"1700000000123456", "1700000000123457"}).kind, ColumnKind::kNumber);  // a double holds them
  EXPECT_EQ(text("rate", {"0.1234567890123456789", "1e30"}).kind, ColumnKind::kNumber);
  table::Column snowflake("id", table::ColumnType::kInteger);
  for (int64_t i = 0; i < 3; ++i) snowflake.append_integer(1234567890123456789 + i);
  table::Table file;
  file.add(std::move(snowflake));
  const Dataset data = dataset_from_table(file);
  ASSERT_EQ(data.columns[0].kind, ColumnKind::kText);
  EXPECT_EQ(data.columns[0].text(2), "1234567890123456791");
  // Digits alone are in no order, however few levels they have.
  EXPECT_FALSE(Encoder::is_ordered_text(order));
  EXPECT_FALSE(Encoder::is_ordered_text(text("shop", {"007", "012", "120"})));
}

struct Fitted {
  Dataset data;
  std::vector<uint32_t> rows;
  std::vector<float> labels;
  Samples train;
};

TEST(Encoder, ARowNeverSeesItsOwnLabel) {
  // A category met once a row at most twice, labels pure noise: rates of the rows themselves would give them away.
  Random random(1);
  Fitted f;
  std::vector<std::string> cells;
  f.data.rows = 4000;
  for (uint32_t i = 0; i < 4000; ++i) {
    cells.push_back("c" + std::to_string(random.below(1500)));
    f.rows.push_back(i);
    f.labels.push_back(random.chance(0.5) ? 1.0f : 0.0f);
  }
  f.data.columns.push_back(text("city", cells));
  auto encoder = Encoder::fit(f.data, {}, f.rows, f.labels, 1, &f.train);
  ASSERT_TRUE(encoder.ok());
  ASSERT_EQ(encoder->inputs()[0].method, EncodingMethod::kTargetRate);
  auto correlation = [&](const Samples& s) {
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, n = 4000;
    for (size_t i = 0; i < 4000; ++i) {
      double x = s.row(i)[0], y = f.labels[i];
      sx += x; sy += y; sxx += x * x; syy += y * y; sxy += x * y;
    }
    return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
  };
  EXPECT_LT(std::abs(correlation(f.train)), 0.08);
  EXPECT_GT(correlation(encoder->encode(f.data).value()), 0.3);  // what a naive encoding would have taught
}

TEST(Encoder, ManyLevelsAreBoundedAndIdentifiersLeftOut) {
  constexpr uint32_t kRows = 200000;
  Random random(2);
  Dataset data;
  data.rows = kRows;
  TextColumnBuilder many("page"), unique("id");
  std::vector<uint32_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<float> labels;
  for (uint32_t i = 0; i < kRows; ++i) {
    many.add("page-" + std::to_string(random.below(80000)));
    unique.add("id-" + std::to_string(i));
    labels.push_back(static_cast<float>(i % 2));
  }
  data.columns.push_back(std::move(many).finish());
  data.columns.push_back(std::move(unique).finish());
  auto encoder = Encoder::fit(data, {}, rows, labels, 1, nullptr);
  ASSERT_TRUE(encoder.ok());
  ASSERT_EQ(encoder->inputs().size(), 1u);
  EXPECT_EQ(encoder->inputs()[0].levels.size(), kMaxLevels);
  ASSERT_EQ(encoder->left_out().size(), 1u);
  EXPECT_EQ(encoder->left_out()[0].name, "id");
}

TEST(Encoder, KeptAsJsonEncodesTheSame) {
  Random random(3);
  Dataset data;
  data.rows = 500;
  std::vector<std::string> plan, city, when, two;
  std::vector<double> age;
  std::vector<uint32_t> rows(500);
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<float> labels;
  for (int i = 0; i < 500; ++i) {
    plan.push_back(std::string(1, static_cast<char>('a' + random.below(5))));
    city.push_back("城市 " + std::to_string(random.below(60)));
    when.push_back("2026-01-" + std::to_string(10 + random.below(20)) + "T0" + std::to_string(random.below(10)) + ":00:00Z");
    two.push_back(random.chance(0.3) ? "yes" : "no");
    age.push_back(random.chance(0.1) ? std::nan("") : random.normal());
    labels.push_back(random.chance(0.4) ? 1.0f : 0.0f);
  }
  data.columns = {text("plan", plan), text("city", city), text("when", when), text("two", two), number_column("age", age)};
  auto encoder = Encoder::fit(data, {}, rows, labels, 1, nullptr);
  ASSERT_TRUE(encoder.ok());
  std::string json;
  JsonWriter writer(json);
  encoder->write(writer);
  auto back = Encoder::parse(json);
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(back->output_names(), encoder->output_names());
  Samples a = encoder->encode(data).value(), b = back->encode(data).value();
  for (size_t i = 0; i < a.values.size(); ++i) ASSERT_TRUE(a.values[i] == b.values[i] || (a.values[i] != a.values[i] && b.values[i] != b.values[i]));
  EXPECT_EQ(Encoder::parse(json.substr(0, json.size() / 2)).error().code(), ErrorCode::kModelMismatch);
  EXPECT_EQ(Encoder::parse("{}").error().code(), ErrorCode::kModelMismatch);
}

// Sixty cells of yes, no and nothing, in the given words; of several words the next one each time.
std::vector<std::string> spelled(const std::vector<std::string>& yes, const std::vector<std::string>& no) {
  std::vector<std::string> cells;
  for (size_t i = 0; i < 60; ++i) cells.push_back(i % 7 == 3 ? "" : i % 3 == 0 ? yes[i % yes.size()] : no[i % no.size()]);
  return cells;
}

Dataset of_column(const std::vector<std::string>& cells) {
  Dataset data;
  data.rows = cells.size();
  data.columns = {text("member", cells)};
  return data;
}

Encoder fitted(const Dataset& data) {
  std::vector<uint32_t> rows(data.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<float> labels;
  for (uint32_t row : rows) labels.push_back(static_cast<float>(row % 2));
  std::string json;
  JsonWriter writer(json);
  Encoder::fit(data, {}, rows, labels, 1, nullptr).value().write(writer);
  return Encoder::parse(json).value();  // as a saved model has it
}

TEST(Encoder, YesAndNoAreTheSameHoweverSpelled) {
  const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> spellings{
      {{"true"}, {"false"}}, {{"yes"}, {"no"}}, {{"Yes", "Y", "YES "}, {"No", "n"}}, {{"1"}, {"0"}}, {{"是"}, {"否"}}, {{"T"}, {"F"}}, {{"1", "是", "True"}, {"0", "no"}}};
  for (const auto& [yes, no] : spellings) {
    const Dataset data = of_column(spelled(yes, no));
    const Encoder encoder = fitted(data);
    ASSERT_EQ(encoder.outputs(), 1u) << yes[0];
    const Samples own = encoder.encode(data).value();
    EXPECT_NE(own.row(0)[0], own.row(1)[0]);
    for (const auto& [other_yes, other_no] : spellings) {
      const std::vector<std::string> cells = spelled(other_yes, other_no);
      auto other = encoder.encode(of_column(cells));
      ASSERT_TRUE(other.ok()) << yes[0] << " scored as " << other_yes[0] << ": " << other.error().to_string();
      for (size_t row = 0; row < cells.size(); ++row) {
        const float wanted = own.row(row)[0], got = other->row(row)[0];
        ASSERT_TRUE(wanted == got || (wanted != wanted && got != got)) << yes[0] << " scored as " << cells[row] << ": " << got << " for " << wanted;
        float live = -1;
        if (!cells[row].empty()) encoder.encode_value(0, Value(std::string_view(cells[row])), &live);
        ASSERT_TRUE(cells[row].empty() || live == wanted) << yes[0] << " live as " << cells[row];
      }
    }
    float live = -1;
    encoder.encode_value(0, Value(true), &live);
    EXPECT_EQ(live, own.row(0)[0]) << yes[0];
  }
}

TEST(Encoder, WordsForYesAndNoStayLevelsAmongOthers) {
  // A third level beside a yes and a no: these two are known in other spellings, and a word that is neither stays unknown.
  std::vector<std::string> cells, same, neither(60, "perhaps");
  for (size_t i = 0; i < 60; ++i) cells.push_back(i % 3 == 0 ? "yes" : i % 3 == 1 ? "no" : "unknown"), same.push_back(i % 3 == 0 ? "Y" : i % 3 == 1 ? "FALSE" : "unknown");
  const Encoder encoder = fitted(of_column(cells));
  EXPECT_EQ(encoder.outputs(), 3u);
  EXPECT_EQ(encoder.encode(of_column(same)).value().values, encoder.encode(of_column(cells)).value().values);
  EXPECT_EQ(encoder.encode(of_column(neither)).value().values, std::vector<float>(180, 0.0f));
  // Two levels that mean no are told apart beside others: which of them a third one is cannot be known.
  for (size_t i = 0; i < 60; ++i) cells[i] = i % 4 == 0 ? "yes" : i % 4 == 1 ? "no" : i % 4 == 2 ? "none" : "N";
  EXPECT_EQ(fitted(of_column(cells)).outputs(), 4u);
  // Counts are no yes and no, and neither are words where counts were.
  for (size_t i = 0; i < 60; ++i) cells[i] = std::to_string(i % 4), same[i] = i % 2 ? "yes" : "no";
  EXPECT_EQ(fitted(of_column(cells)).encode(of_column(same)).error().code(), ErrorCode::kModelMismatch);
}

TEST(Encoder, WithoutAnyUsableColumnSaysWhy) {
  Dataset data;
  data.rows = 30;
  data.columns.push_back(number_column("same", std::vector<double>(30, 4.0)));
  std::vector<uint32_t> rows(30);
  std::iota(rows.begin(), rows.end(), 0u);
  auto encoder = Encoder::fit(data, {}, rows, std::vector<float>(30, 1.0f), 1, nullptr);
  ASSERT_FALSE(encoder.ok());
  EXPECT_EQ(encoder.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(encoder.error().message().find("same"), std::string::npos);
}

}  // namespace
}  // namespace furrow::learn
