// What is to be predicted: the target column as labels. Part of trainer.h's contract.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learn/boosting.h"
#include "learn/dataset.h"

namespace furrow::learn {

struct Target {
  Task task = Task::kBinary;
  std::string positive;
  std::vector<uint32_t> rows;   // with a target
  std::vector<float> labels;    // one each
};

// A target of several classes.
struct ClassTarget {
  static constexpr size_t kMostClasses = 50;
  static constexpr size_t kLeastRows = 5;      // of a class; rarer ones are left out

  std::vector<std::string> classes;            // by falling number of rows
  std::vector<size_t> class_rows;
  std::vector<uint32_t> rows;                  // of these classes
  std::vector<uint32_t> labels;                // places in `classes`
  std::vector<std::pair<std::string, size_t>> too_rare;  // class, rows
};

// Is the column one of classes: text of 3 to kMostClasses values, or, when `numbers_too`, numbers of as many?
bool has_classes(const Dataset& data, const std::string& column, bool numbers_too);
// Of a column of few different numbers, which are amounts unless told otherwise: that they are taken so, and how to have classes; "" elsewhere.
std::string say_numbers_are_amounts(const Dataset& data, const std::string& column);
// Of a text column whose every value says yes or no ("Yes", "Y", "1", "true", "是"; "No", "N", "0", "false", "否"), in several ways for the one or the other: these ways, each
// by falling number of rows. All of one are taken for the same. Nothing of other columns.
struct TruthSpellings {
  std::vector<std::string> yes, no;
};
std::optional<TruthSpellings> truth_spellings(const Column& column);

// kInvalidArgument when fewer than two classes have kLeastRows rows, or two differ in spelling only.
Result<ClassTarget> read_class_target(const Dataset& data, const std::string& column);
// The place of each row's class in `classes`; -1: no value, or none of them.
Result<std::vector<int>> read_class_labels(const Dataset& data, const std::string& column, const std::vector<std::string>& classes);

// Fewer rows with a target are kInvalidArgument, naming its column.
inline constexpr size_t kLeastTrainingRows = 20;
Status check_training_rows(size_t rows, const std::string& column);

// Reads the target, choosing task and positive class as trainer.h says. kInvalidArgument names the column.
Result<Target> read_target(const Dataset& data, const std::string& column, const std::string& positive);

}  // namespace furrow::learn
