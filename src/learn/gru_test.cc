#include "learn/gru.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace furrow::learn {
namespace {

TokenSequence random_sequence(Random& random, size_t steps, const GruShape& shape) {
  TokenSequence s;
  for (size_t t = 0; t < steps; ++t) {
    s.tokens.push_back(static_cast<uint32_t>(random.below(shape.tokens)));
    for (size_t n = 0; n < shape.numbers; ++n) s.numbers.push_back(random.normal());
    s.labels.push_back(random.chance(0.3) ? -1 : static_cast<int>(random.below(shape.classes)));
  }
  return s;
}

TEST(Gru, GradientsAreThoseOfDifferences) {
  const GruShape shape{5, 2, 3, 4, 6};
  Random random(3);
  Gru gru(shape, 7);
  for (double& w : gru.weights()) w = 0.5 * random.normal();
  const TokenSequence sequence = random_sequence(random, 9, shape);
  std::vector<double> gradient(gru.weights().size(), 0.0), ignored(gradient.size());
  gru.loss_and_gradient(sequence, gradient);
  for (size_t w = 0; w < gradient.size(); ++w) {
    const double h = 1e-5, at = gru.weights()[w];
    gru.weights()[w] = at + h;
    const double above = gru.loss_and_gradient(sequence, ignored);
    gru.weights()[w] = at - h;
    const double below = gru.loss_and_gradient(sequence, ignored);
    gru.weights()[w] = at;
    EXPECT_NEAR(gradient[w], (above - below) / (2 * h), 2e-8 * (1 + std::abs(gradient[w]))) << w;
  }
}

// The class is the first token, many steps ago: no window of the last few tokens tells it.
TEST(Gru, RemembersWhatAWindowForgets) {
  const GruShape shape{4, 1, 2, 6, 12};
  Random random(4);
  auto draw = [&](size_t count) {
    std::vector<TokenSequence> out;
    for (size_t i = 0; i < count; ++i) {
      TokenSequence s = random_sequence(random, 12, shape);
      for (size_t t = 1; t < 12; ++t) s.tokens[t] = 2 + s.tokens[t] % 2;
      s.tokens[0] %= 2;
      std::fill(s.labels.begin(), s.labels.end(), -1);
      s.labels.back() = static_cast<int>(s.tokens[0]);
      out.push_back(std::move(s));
    }
    return out;
  };
  GruOptions options;
  options.learning_rate = 0.01;
  options.epochs = 40;
  options.patience = 40;
  auto gru = Gru::fit(shape, draw(400), draw(100), options);
  ASSERT_TRUE(gru.ok());
  size_t right = 0;
  const auto fresh = draw(200);
  for (const TokenSequence& s : fresh) {
    const auto margins = gru->margins(s);
    right += (margins[23] > margins[22]) == (s.labels.back() == 1);
  }
  EXPECT_GE(right, 190u);

  std::string text;
  JsonWriter json(text);
  gru->write(json);
  auto again = Gru::parse(text);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->margins(fresh[0]), gru->margins(fresh[0]));
  EXPECT_EQ(Gru::parse(text.substr(0, text.size() / 2)).error().code(), ErrorCode::kModelMismatch);
  for (TokenSequence s : fresh) EXPECT_EQ(Gru::fit(shape, {}, {s}, options).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace furrow::learn
