#include "identity/linkage_saved.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "base/random.h"
#include "identity/linkage_choice.h"
#include "identity/linkage_files.h"
#include "identity/linkage_fixture.h"

namespace furrow::identity {
namespace {

constexpr uint64_t kSeed = 21;
const std::vector<std::string> kColumns{"id", "first_name", "last_name", "birth_date", "street", "gender", "phone"};

// Two sources of one company that write some things each in its own way; a person's records have the number of the person in their ids.
struct Company {
  std::vector<std::vector<std::string>> crm, cards;
  explicit Company(size_t people) {
    Random random(kSeed);
    auto word = [&](size_t letters) {
      std::string text;
      while (text.size() < letters) text += "abdefgiklmnoprstu"[random.below(17)];
      return text;
    };
    std::vector<std::string> first, last;
    for (int i = 0; i < 80; ++i) first.push_back(word(5));
    for (int i = 0; i < 300; ++i) last.push_back(word(7));
    for (size_t i = 0; i < people; ++i) {
      bool man = random.chance(0.5);
      std::vector<std::string> row{fmt::format("{}-crm", i), first[random.below(80)], last[random.below(300)],
                                   fmt::format("{}-{:02}-{:02}", 1940 + random.below(65), 1 + random.below(12), 1 + random.below(28)), word(8) + " street",
                                   man ? "male" : "female", fmt::format("+4420{:08}", random.below(100'000'000))};
      crm.push_back(row);
      row[0] = fmt::format("{}-card", i);
      row[5] = man ? "M" : "F";
      std::string& typed = row[1 + random.below(2)];
      if (i % 3 == 0) std::swap(typed[1], typed[2]);
      if (i % 4 == 0) row[6].clear();
      if (i % 5 == 0) row[4].clear();
      cards.push_back(row);
    }
  }
};

table::Table rows_of(const TextRows& rows, size_t first, size_t last) {
  return table_of(kColumns, {rows.begin() + static_cast<long>(first), rows.begin() + static_cast<long>(last)});
}

LinkIndex::Cells cells_of(const std::vector<std::string>& row) {
  LinkIndex::Cells cells;
  for (size_t c = 0; c < kColumns.size(); ++c) cells.emplace_back(kColumns[c], row[c]);
  return cells;
}

class LinkageSaved : public testing::Test {
 protected:
  LinkageSaved() : crm_(rows_of(company_.crm, 0, 600)), cards_(rows_of(company_.cards, 0, 600)), inputs_{{"crm", &crm_, 0}, {"cards", &cards_, 0}} {
    auto linked = link(inputs_, {});
    EXPECT_TRUE(linked.ok());
    linked_ = std::move(*linked);
    path_ = folder_.path() / "people.linkage";
    EXPECT_TRUE(save_linkage(*linked_, inputs_, path_).ok());
  }
  TemporaryFolder folder_;
  Company company_{800};
  table::Table crm_, cards_;
  std::vector<LinkSourceInput> inputs_;
  std::unique_ptr<LinkResult> linked_;
  std::filesystem::path path_;
};

TEST_F(LinkageSaved, ReadsBackWhatWasLearned) {
  auto again = load_linkage(path_);
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  EXPECT_EQ((*again)->person, linked_->person);
  EXPECT_EQ((*again)->people, linked_->people);
  EXPECT_EQ((*again)->clean, linked_->clean);
  EXPECT_EQ((*again)->threshold_bits, linked_->threshold_bits);
  Comparer one(linked_->records, *linked_->levels), other((*again)->records, *(*again)->levels);
  ASSERT_GT(linked_->links.size(), 500u);
  for (const ScoredPair& pair : linked_->links) ASSERT_EQ(linked_->bits(pair.a, pair.b, one), (*again)->bits(pair.a, pair.b, other));
}

TEST_F(LinkageSaved, RefusesWhatIsDamagedOrNoLinkage) {
  std::string bytes = read_file(path_).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ASSERT_TRUE(write_file_atomically(path_, bytes).ok());
  EXPECT_EQ(load_linkage(path_).error().code(), ErrorCode::kInvalidFile);
  ASSERT_TRUE(write_file_atomically(path_, bytes.substr(0, 40)).ok());
  EXPECT_EQ(load_linkage(path_).error().code(), ErrorCode::kInvalidFile);
  ASSERT_TRUE(write_file_atomically(path_, "id,name\n1,ann\n").ok());
  EXPECT_EQ(load_linkage(path_).error().code(), ErrorCode::kInvalidFile);
}

TEST_F(LinkageSaved, WeighsARowAsTheBatchWeighsTheRecord) {
  LinkIndex index(load_linkage(path_).value());
  Comparer comparer(linked_->records, *linked_->levels);
  LinkArena arena;
  for (uint32_t i = 0; i < 600; ++i) {
    LinkRow row = index.prepare("cards", cells_of(company_.cards[i]), arena);
    ASSERT_TRUE(index.equal(row, 600 + i));
    ASSERT_FALSE(index.equal(row, i));
    double batch = linked_->bits(i, 600 + i, comparer), live = -1e9;
    for (const LinkFound& found : index.find(row, 20, -60)) {
      if (found.record != i) continue;
      live = found.bits;
      double sum = 0;
      for (const LinkEvidence& piece : found.evidence) sum += piece.bits;
      ASSERT_NEAR(sum, live, 1e-9);
    }
    ASSERT_NEAR(live, batch, 1e-9) << i;
  }
}

TEST_F(LinkageSaved, WhatIsAddedIsFoundToo) {
  LinkIndex index(load_linkage(path_).value());
  LinkArena arena;
  int right = 0;
  for (size_t i = 600; i < 800; ++i) {
    auto number = index.add(index.prepare_to_keep("crm", cells_of(company_.crm[i])), company_.crm[i][0]);
    ASSERT_TRUE(number.ok());
    auto found = index.find(index.prepare("cards", cells_of(company_.cards[i]), arena));
    right += !found.empty() && found[0].record == *number;
  }
  EXPECT_GE(right, 195);
  EXPECT_EQ(index.size(), 1'400u);
  EXPECT_EQ(index.id(1'200), "600-crm");
}

TEST_F(LinkageSaved, AStrongPairDoesNotJoinWhatTheOthersContradict) {
  LinkIndex index(load_linkage(path_).value());
  LinkArena arena;
  std::vector<LinkRow> own;
  own.push_back(index.prepare("", cells_of(company_.crm[5]), arena));
  auto found = index.find(own[0], 8, 0);
  ASSERT_FALSE(found.empty());
  LinkPeople people{[](uint32_t record) { return record % 600; }, [](uint64_t person) { return std::vector<uint32_t>{static_cast<uint32_t>(person), static_cast<uint32_t>(person) + 600}; }};
  EXPECT_TRUE(choose_people(index, own, found, people)[0].joins);
  people.records_of = [](uint64_t) { return std::vector<uint32_t>{5, 20, 31, 40}; };
  EXPECT_FALSE(choose_people(index, own, found, people)[0].joins);
  own[0].source = 0;  // crm gives one record to a person
  ASSERT_TRUE(index.clean(0));
  EXPECT_TRUE(choose_people(index, own, found, people).empty());
}

TEST_F(LinkageSaved, LinksNewFilesAgainstIt) {
  auto path = [&](const char* name) { return folder_.path() / name; };
  ASSERT_TRUE(table::write_table(crm_, path("crm.csv")).ok());
  ASSERT_TRUE(table::write_table(cards_, path("cards.csv")).ok());
  LinkFilesRequest learn;
  learn.files = {path("crm.csv"), path("cards.csv")};
  learn.clusters = path("clusters.csv");
  learn.save = path("saved");
  ASSERT_TRUE(link_files(learn).ok());
  // The cards of known people under new ids, then people who are new, each twice.
  auto later = rows_of(company_.cards, 100, 300);
  table::Column ids("id", table::ColumnType::kText);
  for (size_t i = 100; i < 300; ++i) ids.append_text(fmt::format("{}-web", i));
  table::Table web;
  web.add(std::move(ids));
  for (size_t c = 1; c < kColumns.size(); ++c) web.add(later.column(c));
  ASSERT_TRUE(table::write_table(web, path("web.csv")).ok());
  ASSERT_TRUE(table::write_table(rows_of(company_.crm, 600, 700), path("fresh.csv")).ok());
  ASSERT_TRUE(table::write_table(rows_of(company_.cards, 600, 700), path("again.csv")).ok());
  LinkFilesRequest request;
  request.files = {path("web.csv"), path("fresh.csv"), path("again.csv")};
  request.against = path("saved");
  request.clusters = path("new.csv");
  request.pairs = path("why.csv");
  auto report = link_files(request);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->records, 400u);
  auto before = table::read_table(learn.clusters, {.infer_types = false}).value(), after = table::read_table(request.clusters, {.infer_types = false}).value();
  std::map<std::string, std::string> person;
  for (size_t row = 0; row < before.rows(); ++row) person[before.column(1).to_text(row)] = before.column(2).to_text(row);
  for (size_t row = 0; row < after.rows(); ++row) person[after.column(1).to_text(row)] = after.column(2).to_text(row);
  int right = 0, fresh = 0;
  for (size_t i = 100; i < 300; ++i) right += person[fmt::format("{}-web", i)] == person[fmt::format("{}-crm", i)];
  for (size_t i = 600; i < 700; ++i) fresh += person[fmt::format("{}-card", i)] == person[fmt::format("{}-crm", i)];
  EXPECT_GE(right, 195);
  EXPECT_GE(fresh, 97);
  EXPECT_LE(report->people, 103u);
  EXPECT_GE(report->people, 98u);
  EXPECT_EQ(table::read_table(request.pairs, {.infer_types = false}).value().rows(), report->links);
}

}  // namespace
}  // namespace furrow::identity
