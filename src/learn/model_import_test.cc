#include "learn/model_import.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "learn/foreign_trees.h"

namespace furrow::learn {
namespace {

constexpr const char* kText = R"(tree
version=v3
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=age visits spend
feature_infos=[18:80] [0:9] [0:100]
tree_sizes=320 280

Tree=0
num_leaves=4
num_cat=0
split_feature=0 1 2
split_gain=10 5 3
threshold=40.500000000000007 1.0000000180025095e-35 25.100000000000001
decision_type=2 0 8
left_child=1 -1 -2
right_child=2 -3 -4
leaf_value=-0.31 0.12 0.07 0.55
leaf_weight=10 11 12 13
leaf_count=40 30 20 10
internal_value=0 0 0
internal_count=100 60 40
is_linear=0
shrinkage=1


Tree=1
num_leaves=1
num_cat=0
split_feature=
threshold=
decision_type=
left_child=
right_child=
leaf_value=-0.2
is_linear=0
shrinkage=0.1


end of trees

feature_importances:
age=1

parameters:
[boosting: gbdt]
end of parameters
)";

constexpr const char* kDump = R"({"name":"tree","version":"v3","num_class":1,"num_tree_per_iteration":1,"average_output":false,
"objective":"binary sigmoid:1","feature_names":["age","visits","spend"],"tree_info":[
{"tree_index":0,"num_leaves":4,"tree_structure":{"split_index":0,"split_feature":0,"threshold":40.500000000000007,"decision_type":"<=","default_left":true,"missing_type":"None","internal_count":100,
 "left_child":{"split_index":1,"split_feature":1,"threshold":1.0000000180025095e-35,"decision_type":"<=","default_left":false,"missing_type":"None","internal_count":60,
  "left_child":{"leaf_index":0,"leaf_value":-0.31,"leaf_count":40},"right_child":{"leaf_index":2,"leaf_value":0.07,"leaf_count":20}},
 "right_child":{"split_index":2,"split_feature":2,"threshold":25.100000000000001,"decision_type":"<=","default_left":false,"missing_type":"NaN","internal_count":40,
  "left_child":{"leaf_index":1,"leaf_value":0.12,"leaf_count":30},"right_child":{"leaf_index":3,"leaf_value":0.55,"leaf_count":10}}}},
{"tree_index":1,"num_leaves":1,"tree_structure":{"leaf_value":-0.2}}]})";

// LightGBM's prediction of kText, written out by hand.
double by_hand(float age, float visits, float spend) {
  double a = std::isnan(age) ? 0 : static_cast<double>(age), v = std::isnan(visits) ? 0 : static_cast<double>(visits);
  if (a <= 40.500000000000007) return -0.2 + (v <= 1.0000000180025095e-35 ? -0.31 : 0.07);
  if (std::isnan(spend)) return -0.2 + 0.55;  // missing NaN, default right
  return -0.2 + (static_cast<double>(spend) <= 25.100000000000001 ? 0.12 : 0.55);
}

Result<std::shared_ptr<const Model>> load(const Imported& imported, const TemporaryFolder& folder) {
  if (auto status = write_model(imported.files, folder.path() / "m", true); !status.ok()) return std::move(status).error();
  return Model::load(folder.path() / "m");
}

TEST(Import, LightGbmScoresAsItsOwnRulesSay) {
  for (const char* text : {kText, kDump}) {
    auto imported = import_model(text, {});
    ASSERT_TRUE(imported.ok()) << imported.error().to_string();
    EXPECT_EQ(imported->format, "LightGBM");
    EXPECT_EQ(imported->features, (std::vector<std::string>{"age", "visits", "spend"}));
    TemporaryFolder folder;
    auto model = load(*imported, folder);
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    const float nan = std::nanf("");
    for (float age : {18.0f, 40.5f, std::nextafter(40.5f, 99.0f), 60.0f, nan}) {
      for (float visits : {-1.0f, 0.0f, 1e-30f, 3.0f, nan}) {
        for (float spend : {25.0f, 25.1f, std::nextafter(25.1f, 0.0f), 26.0f, nan}) {
          float row[3] = {age, visits, spend};
          EXPECT_NEAR((*model)->forest().margin(row), by_hand(age, visits, spend), 1e-6) << age << " " << visits << " " << spend;
          EXPECT_NEAR((*model)->score_encoded(row), 1 / (1 + std::exp(-by_hand(age, visits, spend))), 1e-6);
        }
      }
    }
  }
}

// LightGBM's way to tell missing values from all others.
TEST(Import, ASplitThatOnlyTellsWhatIsMissingIsTaken) {
  std::string text = kText;
  const std::string_view threshold = "25.100000000000001";
  text.replace(text.find(threshold), threshold.size(), "1.7976931348623157e+308");
  auto imported = import_model(text, {});
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  TemporaryFolder folder;
  auto model = load(*imported, folder);
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  const float large[3] = {60, 0, 1e30f}, missing[3] = {60, 0, std::nanf("")};
  EXPECT_NEAR((*model)->forest().margin(large), -0.2 + 0.12, 1e-6);
  EXPECT_NEAR((*model)->forest().margin(missing), -0.2 + 0.55, 1e-6);
}

TEST(Import, ARandomForestOfLightGbmIsTheMeanOfItsTrees) {
  std::string text = kText, dump = kDump;
  text.insert(text.find("objective="), "average_output\n");
  dump.replace(dump.find("\"average_output\":false"), 22, "\"average_output\":true");
  for (const std::string& file : {text, dump}) {
    auto imported = import_model(file, {});
    ASSERT_TRUE(imported.ok()) << imported.error().to_string();
    TemporaryFolder folder;
    auto model = load(*imported, folder);
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    const float row[3] = {20, 3, 0};
    EXPECT_NEAR((*model)->forest().margin(row), by_hand(20, 3, 0) / 2, 1e-6);
  }
}

// One tree, `x0 < 1.5`, and a second, a leaf, as XGBoost 3.2 writes them.
std::string xgboost_file(const std::string& objective, const std::string& base, const std::string& booster, const std::string& attributes = "") {
  auto tree = [](const char* left, const char* right, const char* feature, const char* condition, const char* cover, const char* missing) {
    return std::string("{\"categories\":[],\"categories_nodes\":[],\"left_children\":[") + left + "],\"right_children\":[" + right + "],\"split_indices\":[" + feature + "],\"split_conditions\":[" + condition +
           "],\"sum_hessian\":[" + cover + "],\"default_left\":[" + missing + "]}";
  };
  std::string model = "{\"gbtree_model_param\":{\"num_parallel_tree\":\"1\",\"num_trees\":\"2\"},\"trees\":[" + tree("1,-1,-1", "2,-1,-1", "0,0,0", "1.5,0.25,-0.75", "9,5,4", "0,0,0") + "," +
                      tree("-1", "-1", "0", "0.125", "9", "0") + "]}";
  std::string boosted = booster == "dart" ? "{\"name\":\"dart\",\"gbtree\":{\"name\":\"gbtree\",\"model\":" + model + "},\"weight_drop\":[2,0.5]}" : "{\"name\":\"" + booster + "\",\"model\":" + model + "}";
  return "{\"version\":[3,2,0],\"learner\":{\"attributes\":{" + attributes + "},\"feature_names\":[],\"feature_types\":[],\"gradient_booster\":" + boosted + ",\"learner_model_param\":{\"base_score\":\"" + base +
         "\",\"num_class\":\"0\",\"num_feature\":\"2\",\"num_target\":\"1\"},\"objective\":{\"name\":\"" + objective + "\"}}}";
}

TEST(Import, XgboostOfLaterVersionsAndOtherBoostersScoresAsItsFileSays) {
  auto score = [](const std::string& file, float x0) {
    auto imported = import_model(file, {});
    EXPECT_TRUE(imported.ok()) << imported.error().to_string();
    if (!imported.ok()) return std::nan("");
    TemporaryFolder folder;
    auto model = load(*imported, folder);
    EXPECT_TRUE(model.ok()) << model.error().to_string();
    const float row[2] = {x0, 0};
    return model.ok() ? static_cast<double>((*model)->score_encoded(row)) : std::nan("");
  };
  auto logistic = [](double margin) { return 1 / (1 + std::exp(-margin)); };
  const double base = std::log(0.2 / 0.8);
  EXPECT_NEAR(score(xgboost_file("binary:logistic", "[2E-1]", "gbtree"), 1), logistic(base + 0.25 + 0.125), 1e-6);
  EXPECT_NEAR(score(xgboost_file("binary:logistic", "[2E-1]", "gbtree"), std::nanf("")), logistic(base - 0.75 + 0.125), 1e-6);
  EXPECT_NEAR(score(xgboost_file("reg:squarederror", "[1E1]", "gbtree"), 1.5), 10 - 0.75 + 0.125, 1e-6);
  EXPECT_NEAR(score(xgboost_file("reg:absoluteerror", "1E1", "gbtree"), 1), 10 + 0.25 + 0.125, 1e-6);
  EXPECT_NEAR(score(xgboost_file("rank:ndcg", "[5E-1]", "gbtree"), 1), 0.5 + 0.25 + 0.125, 1e-6);
  EXPECT_NEAR(score(xgboost_file("binary:logistic", "[2E-1]", "dart"), 1), logistic(base + 2 * 0.25 + 0.5 * 0.125), 1e-6);
  // scikit-learn's wrapper predicts with the rounds up to the best; XGBoost itself with all.
  EXPECT_NEAR(score(xgboost_file("reg:squarederror", "0", "gbtree", "\"best_iteration\":\"0\",\"scikit_learn\":\"{}\""), 1), 0.25, 1e-6);
  EXPECT_NEAR(score(xgboost_file("reg:squarederror", "0", "gbtree", "\"best_iteration\":\"0\""), 1), 0.25 + 0.125, 1e-6);
  const std::string before = "the XGBoost model is not one we take: ";
  EXPECT_EQ(import_model(xgboost_file("count:poisson", "[5E-1]", "gbtree"), {}).error().message(), before + "its objective is 'count:poisson'");
  EXPECT_EQ(import_model(xgboost_file("binary:logitraw", "[5E-1]", "gbtree"), {}).error().message(), before + "its objective is 'binary:logitraw'");
  EXPECT_EQ(import_model(xgboost_file("reg:squarederror", "[5E-1,1E0]", "gbtree"), {}).error().message(), before + "it has no base score, or several");
  EXPECT_EQ(import_model(xgboost_file("reg:squarederror", "[5E-1]", "gblinear"), {}).error().message(), before + "its booster is gblinear, which has no trees");
  EXPECT_NE(import_model("{L\x00\x00", {}).error().message().find("binary form of XGBoost"), std::string::npos);
  EXPECT_NE(import_model("\x80\x04\x95", {}).error().message().find("Python pickle"), std::string::npos);
  EXPECT_NE(import_model("PK\x03\x04rest/data.pkl", {}).error().message().find("TorchScript"), std::string::npos);
}

TEST(Import, SaysWhatItCannotTake) {
  auto message = [](std::string text, const char* from, const char* to) {
    size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    text.replace(at, std::string_view(from).size(), to);
    auto imported = import_model(text, {});
    return imported.ok() ? std::string() : imported.error().message();
  };
  const std::string before = "the LightGBM model is not one we take: ";
  EXPECT_EQ(message(kText, "decision_type=2 0 8", "decision_type=1 0 8"), before + "it has categorical splits");
  EXPECT_EQ(message(kText, "num_class=1", "num_class=3"), before + "it has several classes");
  EXPECT_EQ(message(kText, "objective=binary sigmoid:1", "objective=poisson"), before + "its objective is 'poisson'");
  EXPECT_EQ(message(kDump, "\"leaf_value\":-0.31", "\"leaf_const\":1,\"leaf_features\":[0],\"leaf_coeff\":[0.5],\"leaf_value\":-0.31"), before + "it has linear trees");
  EXPECT_EQ(message(kText, "decision_type=2 0 8", "decision_type=2 6 8"), "");
  EXPECT_EQ(message(kText, "decision_type=2 0 8", "decision_type=2 4 8"), before + "it takes zeros for missing values (zero_as_missing)");
  EXPECT_EQ(message(kText, "end of trees", "end of"), before + "the file ends before its trees do");
  EXPECT_EQ(message(kText, "left_child=1 -1 -2", "left_child=1 -1 0"), "the LightGBM model's trees are broken: links, features or a depth above 64");
  EXPECT_EQ(import_model("hello", {}).error().code(), ErrorCode::kModelMismatch);
  ImportOptions two;
  two.features = {"a", "b"};
  EXPECT_EQ(import_model(kText, two).error().message(), "2 features are named, but the model takes 3");
}

TEST(Import, PredictionsOfTheSourceAreCompared) {
  std::vector<double> age{20, 50, 50}, visits{3, 1, 1}, spend{1, 20, 30}, said;
  for (size_t i = 0; i < 3; ++i) said.push_back(1 / (1 + std::exp(-by_hand(static_cast<float>(age[i]), static_cast<float>(visits[i]), static_cast<float>(spend[i])))));
  Dataset rows;
  rows.rows = 3;
  rows.columns = {number_column("spend", spend), number_column("age", age), number_column("visits", visits), number_column("p", said)};
  ImportOptions options;
  options.reference = &rows;
  options.prediction = "p";
  auto imported = import_model(kText, options);
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  EXPECT_EQ(imported->predictions_compared, 3u);
  rows.columns[3].numbers[1] += 0.001;
  auto other = import_model(kText, options);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().message().rfind("the model scores row 2 of the reference", 0), 0u) << other.error().message();
}

TEST(Import, XgboostIsTakenAndGivenBackBitForBit) {
  Random random(5);
  Samples samples;
  samples.columns = 4;
  for (int i = 0; i < 800; ++i) {
    for (int c = 0; c < 4; ++c) samples.values.push_back(random.chance(0.1) ? std::nanf("") : static_cast<float>(random.normal()));
    float first = samples.values[samples.values.size() - 4];
    samples.labels.push_back(random.chance(first > 0 ? 0.8 : 0.3) ? 1.0f : 0.0f);
  }
  BoostingOptions boosting;
  boosting.threads = 1;
  boosting.rounds = 30;
  auto boosted = boost(Task::kBinary, samples, nullptr, boosting);
  ASSERT_TRUE(boosted.ok());
  ImportOptions options;
  options.features = {"a", "b", "c", "d"};
  auto imported = import_model(boosted->json, options);
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  EXPECT_EQ(imported->format, "XGBoost");
  EXPECT_EQ(imported->largest_difference, 0);
  TemporaryFolder folder;
  auto model = load(*imported, folder);
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  auto given = export_model(**model);
  ASSERT_TRUE(given.ok()) << given.error().to_string();
  EXPECT_NE(given->find("\"feature_names\":[\"a\",\"b\",\"c\",\"d\"]"), std::string::npos);
  auto reference = XgboostModel::load(*given);
  ASSERT_TRUE(reference.ok());
  auto margins = reference->margins(samples.values.data(), samples.rows(), 4);
  for (size_t i = 0; i < samples.rows(); ++i) ASSERT_EQ((*margins)[i], (*model)->forest().margin(samples.row(i)));
  auto again = import_model(*given, {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->features, options.features);
}

// Protobuf, as far as these models need it.
std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  return out + static_cast<char>(value);
}
std::string field(int number, const std::string& bytes) { return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes; }
std::string named(const std::string& name, const std::string& rest) { return field(5, field(1, name) + rest); }
std::string integers(const std::string& name, const std::vector<int>& values) {
  std::string list;
  for (int v : values) list += varint(static_cast<uint64_t>(v));
  return named(name, field(8, list));
}
std::string floats(const std::string& name, const std::vector<float>& values) {
  std::string list;
  for (float v : values) list.append(reinterpret_cast<const char*>(&v), 4);
  return named(name, field(7, list));
}
std::string texts(const std::string& name, const std::vector<std::string>& values) {
  std::string list;
  for (const auto& v : values) list += field(9, v);
  return named(name, list);
}
std::string onnx(const std::string& mode, const std::string& type = "TreeEnsembleRegressor", const std::string& more = "") {
  // Node 0 tests x1 against 2.5: true -> node 1 (leaf 10), false -> node 2 (x0 < -1: leaf 20, else 30).
  std::string op = field(4, type) + integers("nodes_treeids", {0, 0, 0, 0, 0}) + integers("nodes_nodeids", {0, 1, 2, 3, 4}) + integers("nodes_featureids", {1, 0, 0, 0, 0}) +
                   floats("nodes_values", {2.5f, 0, -1, 0, 0}) + texts("nodes_modes", {mode, "LEAF", "BRANCH_LT", "LEAF", "LEAF"}) + integers("nodes_truenodeids", {1, 0, 3, 0, 0}) +
                   integers("nodes_falsenodeids", {2, 0, 4, 0, 0}) + integers("nodes_missing_value_tracks_true", {1, 0, 0, 0, 0}) + integers("target_treeids", {0, 0, 0}) +
                   integers("target_nodeids", {1, 3, 4}) + integers("target_ids", {0, 0, 0}) + floats("target_weights", {10, 20, 30}) + floats("base_values", {0.5f}) + more;
  return field(7, field(1, op));
}

// Trees need not test a model's last inputs: its declared shape says how many there are, or else whoever names them.
TEST(Import, OnnxInputsThatNoTreeTestsAreInputs) {
  auto shaped = [](const std::string& columns) {
    std::string whole = onnx("BRANCH_LEQ");
    const std::string input = field(1, "x") + field(2, field(1, varint(1 << 3) + varint(1) + field(2, field(1, field(2, "N")) + field(1, columns))));
    return whole + field(7, field(11, input));
  };
  auto stated = import_model(shaped(varint(1 << 3) + varint(5)), {});
  ASSERT_TRUE(stated.ok()) << stated.error().to_string();
  EXPECT_EQ(stated->features.size(), 5u);
  ImportOptions named;
  named.features = {"a", "b", "c"};
  auto open = import_model(shaped(field(2, "M")), named);
  ASSERT_TRUE(open.ok()) << open.error().to_string();
  EXPECT_EQ(open->features, named.features);
  EXPECT_EQ(import_model(shaped(varint(1 << 3) + varint(5)), named).error().message(), "3 features are named, but the model takes 5");
}

TEST(Import, OnnxTreesMeanWhatTheStandardSays) {
  const float nan = std::nanf("");
  struct Case { const char* mode; std::function<bool(float)> yes; };
  for (const Case& c : {Case{"BRANCH_LEQ", [](float x) { return x <= 2.5f; }}, {"BRANCH_LT", [](float x) { return x < 2.5f; }}, {"BRANCH_GTE", [](float x) { return x >= 2.5f; }},
                        {"BRANCH_GT", [](float x) { return x > 2.5f; }}}) {
    auto imported = import_model(onnx(c.mode), {});
    ASSERT_TRUE(imported.ok()) << imported.error().to_string();
    EXPECT_EQ(imported->format, "ONNX");
    TemporaryFolder folder;
    auto model = load(*imported, folder);
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    for (float x0 : {-2.0f, -1.0f, 0.0f, nan}) {
      for (float x1 : {2.0f, 2.5f, 3.0f, nan}) {
        float row[2] = {x0, x1};
        float expected = 0.5f + (std::isnan(x1) || c.yes(x1) ? 10.0f : x0 < -1 ? 20.0f : 30.0f);
        EXPECT_EQ((*model)->score_encoded(row), expected) << c.mode << " " << x0 << " " << x1;
      }
    }
  }
  EXPECT_EQ(import_model(onnx("BRANCH_EQ"), {}).error().message(), "the ONNX model is not one we take: it has splits of the mode BRANCH_EQ");
  EXPECT_EQ(import_model(onnx("BRANCH_LT", "SVMRegressor"), {}).error().message(), "the ONNX model is not one we take: it has the operator 'SVMRegressor' beside its trees");
  std::string whole = onnx("BRANCH_LT");
  Random random(9);
  for (int i = 0; i < 300; ++i) {  // torn and damaged files end in an error or a model, never otherwise
    std::string torn = whole.substr(0, random.below(whole.size()));
    if (!torn.empty()) torn[random.below(torn.size())] = static_cast<char>(random.below(256));
    (void)import_model(torn, {});
  }
}

}  // namespace
}  // namespace furrow::learn
