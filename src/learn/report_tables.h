// What the pages of model reports read from metrics.json and show as tables. Threads: pure.
#pragma once
#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>

namespace furrow::learn {

using Element = simdjson::dom::element;

// A member of an object; 0 and "" when it is not there.
double number(const Element& element, const char* name);
std::string_view text(const Element& element, const char* name);

struct BothLanguages {
  const char *english, *chinese;
};
struct MeasureText {
  const char *key, *english, *chinese;
};
// The measures that model and baseline both have, each with its interval.
void quality_table(std::string& out, std::span<const MeasureText> measures, const Element& model, const Element& baseline,
                   const BothLanguages& baseline_name, const BothLanguages& protocol);
// The inputs with the largest mean size of a SHAP value, at most 20; nothing when the metrics have none.
void importance_bars(std::string& out, const Element& metrics, const BothLanguages& title, const BothLanguages& unit);

}  // namespace furrow::learn
