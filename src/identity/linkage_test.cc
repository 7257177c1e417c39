#include "identity/linkage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <bit>
#include <map>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "identity/linkage_config.h"
#include "identity/linkage_files.h"
#include "identity/linkage_fixture.h"
#include "identity/linkage_index.h"
#include "identity/linkage_strings.h"

namespace furrow::identity {
namespace {

// The plain definition of the optimal string alignment distance.
int naive_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

double naive_jaro_winkler(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.size() == b.size() ? 1 : 0;
  int window = std::max(0, static_cast<int>(std::max(a.size(), b.size()) / 2) - 1);
  std::vector<bool> used(b.size(), false);
  std::string matched_a, matched_b;
  for (int i = 0; i < static_cast<int>(a.size()); ++i) {
    for (int j = std::max(0, i - window); j <= std::min(static_cast<int>(b.size()) - 1, i + window); ++j) {
      if (used[static_cast<size_t>(j)] || a[static_cast<size_t>(i)] != b[static_cast<size_t>(j)]) continue;
      used[static_cast<size_t>(j)] = true;
      matched_a += a[static_cast<size_t>(i)];
      break;
    }
  }
  for (size_t j = 0; j < b.size(); ++j) {
    if (used[j]) matched_b += b[j];
  }
  if (matched_a.empty()) return 0;
  int moved = 0;
  for (size_t i = 0; i < matched_a.size(); ++i) moved += matched_a[i] != matched_b[i];
  double m = static_cast<double>(matched_a.size());
  double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) + (m - moved / 2) / m) / 3;
  size_t prefix = 0;
  while (prefix < 4 && prefix < std::min(a.size(), b.size()) && a[prefix] == b[prefix]) ++prefix;
  return jaro + 0.1 * static_cast<double>(prefix) * (1 - jaro);
}

TEST(LinkageStrings, AgreeWithTheirDefinitionsOnRandomWords) {
  uint64_t seed = 20'261'122;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  auto word = [&] {
    std::string out;
    for (uint64_t n = random.below(14); n > 0; --n) out += static_cast<char>('a' + random.below(4));
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string a = word(), b = word();
    ASSERT_EQ(edit_distance(a, b), naive_distance(a, b)) << a << " " << b;
    ASSERT_NEAR(jaro_winkler(a, b), naive_jaro_winkler(a, b), 1e-12) << a << " " << b;
  }
  EXPECT_NEAR(jaro_winkler("martha", "marhta"), 0.9611, 1e-4);
  EXPECT_EQ(soundex("Robert"), soundex("Rupert"));
  EXPECT_NE(soundex("Robert"), soundex("Rubin"));
  EXPECT_EQ(least_rotation("wangxiaoming"), least_rotation("xiaomingwang"));
}

TEST(LinkageStrings, BagsTellNoMoreThanTheTexts) {
  uint64_t seed = 20'261'123;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  const std::string_view alphabets[] = {"ab", "abcdefgh", "ab01 .", "0123456789", "abcdefghijklmnopqrstuvwxyz0123456789"};
  size_t far = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string_view letters = alphabets[random.below(std::size(alphabets))];
    auto word = [&](size_t longest) {
      std::string out;
      for (uint64_t n = random.below(longest); n > 0; --n) out += letters[random.below(letters.size())];
      return out;
    };
    size_t longest = i % 50 == 0 ? 300 : 16;
    std::string a = word(longest), b = i % 3 == 0 ? a : word(longest);
    for (uint64_t n = random.below(3); n > 0 && !b.empty(); --n) b[random.below(b.size())] = letters[random.below(letters.size())];
    if (b.size() > 1 && random.below(3) == 0) std::swap(b[0], b[1]);
    CharacterBag of_a = bag_of(a), of_b = bag_of(b);
    int in_common = most_in_common(of_a, of_b);
    ASSERT_LE(jaro_winkler(a, b), most_alike(in_common, a, b)) << a << " " << b;
    ASSERT_GE(edit_distance(a, b), fewest_edits(in_common, a, b)) << a << " " << b;
    ASSERT_EQ(one_edit_apart(a, b), edit_distance(a, b) == 1) << a << " " << b;
    far += fewest_edits(in_common, a, b) > 2;
    ASSERT_EQ(count_bits(of_a.again * 0x9e3779b97f4a7c15), std::popcount(of_a.again * 0x9e3779b97f4a7c15));
  }
  EXPECT_GT(far, 8'000u);  // what it is for
  EXPECT_EQ(fewest_edits(most_in_common(bag_of("aaab"), bag_of("aabb")), "aaab", "aabb"), 1);
}

TEST(LinkageText, FoldsWidthCaseAccentsScriptsAndEntities) {
  EXPECT_EQ(fold("ＡＢＣ－１２").text, "abc 12");
  EXPECT_EQ(fold("Lud&#228;scher").text, "ludascher");
  EXPECT_EQ(fold("O'Brien  &amp; Sons").text, "obrien sons");
  EXPECT_EQ(fold("王小明").latin, "wang xiao ming");
  EXPECT_EQ(fold("蕭").text, fold("萧").text);
  EXPECT_EQ(fold("v11.1 a.b").text, "v11.1 a b");
  EXPECT_THAT(tokens_of(fold("中山路18号").text), testing::ElementsAre("中山", "山路", "18", "号"));
  EXPECT_EQ(without_title("王先生"), "王");
  EXPECT_EQ(formal_name("bob"), "robert");
  EXPECT_EQ(phone_digits("+86 138-1234-5678"), phone_digits("13812345678"));
  EXPECT_EQ(parse_day("1990年5月17日", DayOrder::kDayFirst), (Day{1990, 5, 17}));
  EXPECT_EQ(parse_day("17/05/1990", DayOrder::kDayFirst), (Day{1990, 5, 17}));
  EXPECT_FALSE(parse_day("31/02/1990", DayOrder::kDayFirst).has_value());
}

TEST(LinkageColumns, MatchesColumnsOfOtherNamesByNameAndContent) {
  std::vector<std::vector<std::string>> left, right;
  for (int i = 0; i < 60; ++i) {
    std::string phone = fmt::format("138{:08}", i * 7'919 + 11);
    left.push_back({std::to_string(i), fmt::format("王{}", i % 2 ? "芳" : "小明"), phone, fmt::format("19{}-03-1{}", 50 + i % 40, i % 9)});
    right.push_back({fmt::format("{}/03/1{}", 1950 + i % 40, i % 9), phone, fmt::format("k{}", i), i % 2 ? "Wang Fang" : "Xiaoming Wang"});
  }
  auto a = table_of({"编号", "姓名", "手机", "出生日期"}, left), b = table_of({"birthday", "Mobile", "card", "holder"}, right);
  auto plans = plan_fields({{"crm", &a, 0}, {"cards", &b, 2}});
  std::map<std::string, std::vector<std::vector<int>>> found;
  for (const auto& plan : plans) found[plan.name] = plan.columns;
  EXPECT_THAT(found, testing::UnorderedElementsAre(testing::Pair("姓名", testing::ElementsAre(testing::ElementsAre(1), testing::ElementsAre(3))),
                                                   testing::Pair("手机", testing::ElementsAre(testing::ElementsAre(2), testing::ElementsAre(1))),
                                                   testing::Pair("出生日期", testing::ElementsAre(testing::ElementsAre(3), testing::ElementsAre(0)))));
}

// People, a spoiled duplicate of every second one; families share name, street and telephone.
struct Made {
  std::vector<std::vector<std::string>> rows;
  size_t pairs = 0;
};
Made people(uint64_t seed, int count, bool duplicates) {
  constexpr const char* kGiven[] = {"anna", "peter", "maria", "john", "laura", "simon", "julia", "robert", "nina", "oscar", "helen", "victor", "irene", "hugo", "clara", "felix"};
  constexpr const char* kFamily[] = {"smith", "garcia", "rossi", "novak", "dubois", "tanaka", "silva", "meyer", "larsen", "costa", "petrov", "murphy", "singh", "nguyen"};
  Random random(seed);
  Made out;
  std::string family, street;
  for (int i = 0; i < count; ++i) {
    if (i % 3 != 1) {  // else a relative of the one before
      family = fmt::format("{}{}", kFamily[random.below(14)], kFamily[random.below(14)]);
      street = fmt::format("{} {} street", 1 + random.below(200), kFamily[random.below(14)]);
    }
    std::string given = kGiven[random.below(16)];
    std::string born = fmt::format("{}-{:02}-{:02}", 1940 + random.below(65), 1 + random.below(12), 1 + random.below(28));
    out.rows.push_back({fmt::format("{}-a", i), given, family, born, street});
    if (!duplicates || i % 2 == 1) continue;
    std::string other = family, day = born, place = street;
    if (random.chance(0.4)) std::swap(other[1], other[2]);
    if (random.chance(0.3)) place.clear();
    if (random.chance(0.2)) day[8] = day[8] == '1' ? '2' : '1';
    out.rows.push_back({fmt::format("{}-b", i), given, other, day, place});
    ++out.pairs;
  }
  return out;
}
const std::vector<std::string> kHeader{"id", "first_name", "last_name", "birth_date", "street"};

struct Score { double precision = 0, recall = 0; };
Score judge(const LinkResult& result, size_t truth) {
  std::map<uint32_t, std::vector<std::string>> clusters;
  auto entity = [](const std::string& id) { return id.substr(0, id.find('-')); };
  for (uint32_t r = 0; r < result.records.size(); ++r) clusters[result.person[r]].push_back(entity(result.records.id(r)));
  double found = 0, right = 0;
  for (const auto& [label, members] : clusters) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = i + 1; j < members.size(); ++j) {
        ++found;
        right += members[i] == members[j];
      }
    }
  }
  return {right / std::max(1.0, found), right / std::max(1.0, static_cast<double>(truth))};
}

TEST(Linkage, FindsSpoiledDuplicatesAndKeepsFamiliesApart) {
  Made made = people(5, 1'200, true);
  auto data = table_of(kHeader, made.rows);
  auto result = link({{"people", &data, 0}}, {});
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  Score score = judge(**result, made.pairs);
  EXPECT_GT(score.precision, 0.98);
  EXPECT_GT(score.recall, 0.95);
}

TEST(Linkage, FindsAlmostNothingWhereNobodyIsRepeated) {
  Made made = people(6, 1'200, false);
  auto data = table_of(kHeader, made.rows);
  auto result = link({{"people", &data, 0}}, {});
  ASSERT_TRUE(result.ok());
  // 400 relatives, of whom some 25 even share the given name; the rest must stay apart.
  EXPECT_GT((*result)->people, made.rows.size() - 40);
}

TEST(Linkage, IsTheSameForASeedAndEvidenceAddsUp) {
  Made made = people(7, 600, true);
  auto data = table_of(kHeader, made.rows);
  auto one = link({{"people", &data, 0}}, {.seed = 3}), two = link({{"people", &data, 0}}, {.seed = 3});
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ((*one)->person, (*two)->person);
  const LinkResult& result = **one;
  ASSERT_FALSE(result.links.empty());
  Comparer comparer(result.records, *result.levels);
  for (const ScoredPair& pair : result.links) {
    Levels levels{};
    comparer.compare(pair.a, pair.b, levels);
    double sum = 0;
    for (const LinkEvidence& piece : result.model->explain(levels, result.records.codes(pair.a), result.records.codes(pair.b), true)) sum += piece.bits;
    EXPECT_NEAR(sum, static_cast<double>(pair.bits), 1e-3);
  }
}

TEST(Linkage, APersonsAnswerIsNeverOverruled) {
  Made made = people(8, 600, true);
  auto data = table_of(kHeader, made.rows);
  auto before = link({{"people", &data, 0}}, {});
  ASSERT_TRUE(before.ok());
  const ScoredPair sure = *std::max_element((*before)->links.begin(), (*before)->links.end(), [](const auto& x, const auto& y) { return x.bits < y.bits; });
  LinkOptions options;
  options.labels.push_back({"people", (*before)->records.id(sure.a), "people", (*before)->records.id(sure.b), false});
  options.labels.push_back({"people", "0-a", "people", "3-a", true});
  auto after = link({{"people", &data, 0}}, options);
  ASSERT_TRUE(after.ok());
  EXPECT_NE((*after)->person[sure.a], (*after)->person[sure.b]);
  std::map<std::string, uint32_t> person;
  for (uint32_t r = 0; r < (*after)->records.size(); ++r) person[(*after)->records.id(r)] = (*after)->person[r];
  EXPECT_EQ(person["0-a"], person["3-a"]);
}

TEST(LinkLabels, SayYesAndNoInEverySpelling) {
  TemporaryFolder folder;
  const auto path = folder.path() / "labels.csv";
  const std::string header = "left_source,left_id,right_source,right_id,match\n";
  ASSERT_TRUE(write_file_atomically(path, header + "a,1,b,1,Yes\na,2,b,2,是\na,3,b,3,TRUE\na,4,b,4,N\na,5,b,5,0\n").ok());
  auto labels = read_labels(path);
  ASSERT_TRUE(labels.ok()) << labels.error().message();
  std::vector<bool> match;
  for (const NamedLabel& label : *labels) match.push_back(label.match);
  EXPECT_THAT(match, testing::ElementsAre(true, true, true, false, false));
  ASSERT_TRUE(write_file_atomically(path, header + "a,1,b,1,yes\na,2,b,2,perhaps\n").ok());
  labels = read_labels(path);
  ASSERT_FALSE(labels.ok());
  EXPECT_NE(labels.error().message().find("row 2: \"match\" is yes or no, not \"perhaps\""), std::string::npos) << labels.error().message();
}

TEST(LinkIndex, FindsOneNewRecordAmongMany) {
  Made made = people(10, 9'000, true);
  auto data = table_of(kHeader, made.rows);
  auto linked = link({{"people", &data, 0}}, {});
  ASSERT_TRUE(linked.ok());
  LinkIndex index(std::move(*linked));
  int right = 0, strangers = 0;
  constexpr int kAsked = 200;
  for (int i = 0; i < kAsked; ++i) {
    auto row = made.rows[static_cast<size_t>(i) * 37 + 1];
    std::swap(row[2][1], row[2][2]);
    LinkArena arena;
    auto found = index.find(index.prepare("", {{"first_name", row[1]}, {"last_name", row[2]}, {"birth_date", row[3]}, {"street", row[4]}}, arena));
    right += !found.empty() && index.linked().records.id(found[0].record).starts_with(row[0].substr(0, row[0].find('-') + 1));
    strangers += !index.find(index.prepare("", {{"first_name", "zdzislaw"}, {"last_name", "quxley"}, {"birth_date", fmt::format("1931-07-{}", 10 + i % 20)}}, arena)).empty();
  }
  EXPECT_GE(right, kAsked * 97 / 100);
  EXPECT_EQ(strangers, 0);
}

TEST(LinkageCluster, RefusesChains) {
  // 0-1 and 2-3 are sure; one strong link between 1 and 2 against three strong refusals.
  std::vector<ScoredPair> links{{0, 1, 12}, {2, 3, 12}, {1, 2, 5}};
  ClusterOptions options;
  options.clean = {false};
  options.source_of = [](uint32_t) { return 0; };
  options.score = [](uint32_t, uint32_t) { return -9.0; };
  auto label = cluster_pairs(5, links, options);
  EXPECT_THAT(label, testing::ElementsAre(0, 0, 2, 2, 4));
  options.score = [](uint32_t, uint32_t) { return 1.0; };
  EXPECT_THAT(cluster_pairs(5, links, options), testing::ElementsAre(0, 0, 0, 0, 4));
}

TEST(LinkageCluster, GivesACleanSourceOneRecordAPerson) {
  std::vector<ScoredPair> links{{0, 2, 12}, {1, 2, 8}};
  ClusterOptions options;
  options.clean = {true, false};
  options.source_of = [](uint32_t record) { return record < 2 ? 0 : 1; };
  options.score = [](uint32_t, uint32_t) { return 10.0; };
  EXPECT_THAT(cluster_pairs(3, links, options), testing::ElementsAre(0, 1, 0));
}

TEST(LinkFiles, WritesClustersAndPairsInTheirForm) {
  TemporaryFolder folder;
  Made made = people(9, 400, true);
  auto left = table_of(kHeader, {made.rows.begin(), made.rows.begin() + 300}), right = table_of({"key", "Vorname", "surname", "dob", "address"}, {made.rows.begin() + 299, made.rows.end()});
  ASSERT_TRUE(table::write_table(left, folder.path() / "left.csv").ok());
  ASSERT_TRUE(table::write_table(right, folder.path() / "right.csv.gz").ok());
  LinkFilesRequest request;
  request.files = {folder.path() / "left.csv", folder.path() / "right.csv.gz"};
  request.clusters = folder.path() / "clusters.csv";
  request.pairs = folder.path() / "pairs.csv";
  auto report = link_files(request);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  auto clusters = table::read_table(request.clusters, {.infer_types = false});
  ASSERT_TRUE(clusters.ok());
  EXPECT_THAT(clusters->names(), testing::ElementsAre("source", "id", "person"));
  EXPECT_EQ(clusters->rows(), made.rows.size() + 1);
  EXPECT_EQ(clusters->column(0).text(0), "left");
  EXPECT_EQ(clusters->column(1).text(0), "0-a");
  EXPECT_EQ(clusters->column(0).text(300), "right");
  EXPECT_EQ(clusters->column(1).text(300), "1");  // no id column: the row number
  auto pairs = table::read_table(request.pairs, {.infer_types = false});
  ASSERT_TRUE(pairs.ok());
  EXPECT_THAT(pairs->names(), testing::ElementsAre("left_source", "left_id", "right_source", "right_id", "probability", "evidence"));
  EXPECT_GT(pairs->rows(), 0u);
}

TEST(LinkFiles, ManagesFilesThatHaveLittleToSay) {
  TemporaryFolder folder;
  auto run = [&](const table::Table& data) {
    EXPECT_TRUE(table::write_table(data, folder.path() / "few.csv").ok());
    LinkFilesRequest request;
    request.files = {folder.path() / "few.csv"};
    request.clusters = folder.path() / "out.csv";
    return link_files(request);
  };
  auto none = run(table_of({"id", "name"}, {{"1", ""}, {"2", ""}}));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::kInvalidFile);
  auto two = run(table_of({"id", "name", "email"}, {{"1", "Ana Silva", "ana@x.org"}, {"2", "Bob Stone", "bob@y.org"}}));
  ASSERT_TRUE(two.ok()) << two.error().to_string();
  EXPECT_EQ(two->people, 2u);
  auto five = run(table_of({"id", "name", "email"}, {{"1", "Ana Silva", "ana@x.org"}, {"2", "Ana Silva", "ANA@X.ORG"}, {"3", "Bob Stone", "bob@y.org"},
                                                     {"4", "Carl Nimmer", "carl@z.com"}, {"5", "Bob Stone", "bob@y.org"}}));
  ASSERT_TRUE(five.ok());
  EXPECT_EQ(five->people, 3u);
}

TEST(LinkConfigFile, TellsEveryFaultWithItsLine) {
  TemporaryFolder folder;
  auto path = folder.path() / "link.yaml";
  ASSERT_TRUE(write_file_atomically(path, "threshold: 2\ncolumns:\n  kinds: {phone: telephone}\nduplicates: perhaps\n").ok());
  auto config = load_link_config(path);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message(), testing::AllOf(testing::HasSubstr(":1:"), testing::HasSubstr(":3:"), testing::HasSubstr("perhaps")));
}

// The published figures to beat, one configuration for all.
struct SharedSet {
  std::string name, folder, id, mapping;
  std::vector<std::string> files;
  double least_f1;
};
class LinkShared : public testing::TestWithParam<SharedSet> {};

TEST_P(LinkShared, BeatsThePublishedFigure) {
  const SharedSet& set = GetParam();
  std::filesystem::path folder = std::filesystem::path(FURROW_SOURCE_DIR) / "../shared/data" / set.folder;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
  std::vector<table::Table> tables;
  for (const std::string& file : set.files) {
    auto table = table::read_table(folder / file, {.infer_types = false});
    ASSERT_TRUE(table.ok());
    tables.push_back(std::move(*table));
  }
  std::vector<LinkSourceInput> inputs;
  for (size_t i = 0; i < tables.size(); ++i) inputs.push_back({set.files[i], &tables[i], 0, {}});
  auto linked = link(inputs, {});
  ASSERT_TRUE(linked.ok());
  const LinkResult& result = **linked;
  std::set<std::pair<std::string, std::string>> truth;
  auto entity = [](const std::string& id) { return id.substr(4, id.find('-', 4) - 4); };
  if (!set.mapping.empty()) {
    auto map = table::read_table(folder / set.mapping, {.infer_types = false});
    ASSERT_TRUE(map.ok());
    for (size_t row = 0; row < map->rows(); ++row) truth.emplace(map->column(0).to_text(row), map->column(1).to_text(row));
  }
  std::map<uint32_t, std::vector<uint32_t>> clusters;
  std::map<std::string, std::vector<uint32_t>> entities;
  for (uint32_t r = 0; r < result.records.size(); ++r) {
    clusters[result.person[r]].push_back(r);
    if (set.mapping.empty()) entities[entity(result.records.id(r))].push_back(r);
  }
  bool across = inputs.size() > 1;
  auto counts = [&](uint32_t a, uint32_t b) { return !across || result.records.source_of(a) != result.records.source_of(b); };
  double found = 0, right = 0, all = static_cast<double>(truth.size());
  for (const auto& [name, list] : entities) {
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = i + 1; j < list.size(); ++j) all += counts(list[i], list[j]);
    }
  }
  for (const auto& [label, list] : clusters) {
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = i + 1; j < list.size(); ++j) {
        if (!counts(list[i], list[j])) continue;
        ++found;
        const std::string &a = result.records.id(list[i]), &b = result.records.id(list[j]);
        right += set.mapping.empty() ? entity(a) == entity(b) : truth.contains({a, b});
      }
    }
  }
  EXPECT_GE(2 * right / (found + all), set.least_f1) << found << " found, " << right << " right of " << all;
}

INSTANTIATE_TEST_SUITE_P(Sets, LinkShared,
                         testing::Values(SharedSet{"febrl1", "febrl", "rec_id", "", {"dataset1.csv.gz"}, 0.998},
                                         SharedSet{"febrl2", "febrl", "rec_id", "", {"dataset2.csv.gz"}, 0.998},
                                         SharedSet{"febrl3", "febrl", "rec_id", "", {"dataset3.csv.gz"}, 0.996},
                                         SharedSet{"febrl4", "febrl", "rec_id", "", {"dataset4a.csv.gz", "dataset4b.csv.gz"}, 0.9946},
                                         SharedSet{"dblp_acm", "dblp_acm", "id", "DBLP-ACM_perfectMapping.csv.gz", {"DBLP2.csv.gz", "ACM.csv.gz"}, 0.964},
                                         SharedSet{"amazon_google", "amazon_google", "id", "Amzon_GoogleProducts_perfectMapping.csv.gz",
                                                   {"Amazon.csv.gz", "GoogleProducts.csv.gz"}, 0.55}),
                         [](const auto& set) { return set.param.name; });

}  // namespace
}  // namespace furrow::identity
