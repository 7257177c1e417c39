#include "learn/naming_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/encoding.h"

namespace furrow::learn {
namespace {

struct Shops {
  Dataset data;
  std::vector<uint32_t> rows;
  std::vector<float> labels;
};

// Rows of shops numbered from 1000. Of `spread`: how far a shop's rate is from the others', drawn shop by shop; of `slope`: how the rate
// rises with the number.
Shops shops(std::string name, double spread, double slope, uint64_t seed) {
  Random random(seed);
  Shops out;
  std::vector<double> rates, numbers;
  for (size_t shop = 0; shop < 150; ++shop) rates.push_back(1 / (1 + std::exp(1 - spread * random.normal() - slope * (static_cast<double>(shop) / 75 - 1))));
  for (uint32_t row = 0; row < 1500; ++row) {
    const size_t shop = random.below(rates.size());
    numbers.push_back(random.chance(0.02) ? std::nan("") : 1000 + static_cast<double>(shop));
    out.labels.push_back(random.chance(rates[shop]) ? 1.0f : 0.0f);
    out.rows.push_back(row);
  }
  out.data.rows = numbers.size();
  out.data.columns.push_back(number_column(std::move(name), std::move(numbers)));
  return out;
}

double evidence(const Shops& shops) { return values_name(shops.data.columns[0], shops.rows, shops.labels); }

TEST(NamingNumbers, NamesOfIds) {
  for (const char* name : {"id", "ID", "store_id", "Customer ID", "customerId", "zip", "Zip Code", "shop-id", "门店编号", "邮编", "sku"}) EXPECT_TRUE(is_called_an_id(name)) << name;
  for (const char* name : {"age", "paid", "bid", "Humid", "grid", "amount", "VOID", "visits", "编", "hybrid"}) EXPECT_FALSE(is_called_an_id(name)) << name;
}

// The pairs taken one by one.
TEST(NamingNumbers, AgreesWithAllPairs) {
  const Column numbers = number_column("id", {3, 1, 3, 2, 2, 3, 1, 2});
  const std::vector<float> labels = {1, 0, 1, 1, 0, 1, 0, 1};
  std::vector<uint32_t> rows(8);
  std::iota(rows.begin(), rows.end(), 0u);
  double sum = 0, squares = 0;
  for (double value : {1.0, 2.0, 3.0}) {
    double within = 0, pairs = 0, across = 0, across_pairs = 0;
    for (size_t i = 0; i < 8; ++i) {
      for (size_t k = 0; k < 8; ++k) {
        const double product = (labels[i] - 0.625) * (labels[k] - 0.625);
        if (numbers.numbers[i] != value) continue;
        if (numbers.numbers[k] == value && k > i) within += product, pairs += 1;
        if (std::abs(numbers.numbers[k] - value) == 1) across += product, across_pairs += 1;
      }
    }
    const double more = within - pairs * across / across_pairs;
    sum += more;
    squares += more * more;
  }
  EXPECT_NEAR(values_name(numbers, rows, labels), sum / std::sqrt(squares), 1e-9);
}

TEST(NamingNumbers, TellsNamesFromAmountsAndFromNothing) {
  int named = 0, amounts = 0, nothing = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    named += evidence(shops("shop_id", 1.2, 0, seed)) >= kLeastEvidence;
    amounts += evidence(shops("shop_id", 0, 2, seed)) >= kLeastEvidence;
    nothing += evidence(shops("shop_id", 0, 0, seed)) >= kLeastEvidence;
  }
  EXPECT_GE(named, 95);
  EXPECT_LE(amounts, 2);
  EXPECT_LE(nothing, 2);
}

TEST(NamingNumbers, AreLevelsWhereTheyNameAndNumbersElsewhere) {
  const Shops named = shops("shop_id", 1.5, 0, 7);
  const Encoder encoder = Encoder::fit(named.data, {}, named.rows, named.labels, 1, nullptr).value();
  ASSERT_EQ(encoder.inputs()[0].method, EncodingMethod::kNamed);
  // A number in a file, a text in a file and a number told live are the same shop.
  const Samples numbers = encoder.encode(named.data).value();
  Dataset texts;
  texts.rows = named.data.rows;
  texts.columns.push_back(as_names(named.data.columns[0]));
  const Samples as_texts = encoder.encode(texts).value();
  double lowest = 1, highest = 0;
  for (size_t row = 0; row < named.data.rows; ++row) {
    float live[3];
    const double number = named.data.columns[0].numbers[row];
    encoder.encode_value(0, number == number ? Value(number) : Value(), live);
    for (size_t o = 0; o < 3; ++o) {
      const float a = numbers.row(row)[o], b = as_texts.row(row)[o];
      ASSERT_TRUE((a == b && a == live[o]) || (a != a && b != b && live[o] != live[o])) << row;
    }
    if (live[0] == live[0]) lowest = std::min<double>(lowest, live[0]), highest = std::max<double>(highest, live[0]);
  }
  EXPECT_GT(highest - lowest, 0.3);
  float unknown[3];
  encoder.encode_value(0, Value(7.0), unknown);
  EXPECT_EQ(unknown[0], encoder.inputs()[0].prior);
  EXPECT_EQ(unknown[1], 0);
  EXPECT_EQ(unknown[2], 7);
  const Shops counted = shops("visits", 1.5, 0, 7), amounts = shops("shop_id", 0, 2, 7);
  for (const Shops* other : {&counted, &amounts}) {
    const Encoder plain = Encoder::fit(other->data, {}, other->rows, other->labels, 1, nullptr).value();
    EXPECT_EQ(plain.inputs()[0].method, EncodingMethod::kNumber) << other->data.columns[0].name;
  }
}

}  // namespace
}  // namespace furrow::learn
