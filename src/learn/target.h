// What is to be predicted: the target column as labels. Part of trainer.h's contract.
#pragma once
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

// What numbers of a target stand for. kAsWritten: codes of classes where they are written as codes are (whole, counting from 0 or
// 1 without a gap to at most kMostCodes of them, each in kLeastCodeShare of the rows and kLeastRows rows), else amounts.
enum class NumbersMean { kAsWritten, kClasses, kAmounts };
inline constexpr size_t kMostCodes = 10;
inline constexpr double kLeastCodeShare = 0.01;

// Is the column one of classes: text of 3 to kMostClasses values, or numbers of as many that mean classes?
bool has_classes(const Dataset& data, const std::string& column, NumbersMean numbers);
// Where either would do, which was chosen and how to choose the other; "" elsewhere.
std::string say_how_numbers_are_taken(const Dataset& data, const std::string& column);
// kInvalidArgument when fewer than two classes have kLeastRows rows, or two differ in spelling only.
Result<ClassTarget> read_class_target(const Dataset& data, const std::string& column);
// The place of each row's class in `classes`; -1: no value, or none of them.
Result<std::vector<int>> read_class_labels(const Dataset& data, const std::string& column, const std::vector<std::string>& classes);

// Reads the target, choosing task and positive class as trainer.h says. kInvalidArgument names the column.
Result<Target> read_target(const Dataset& data, const std::string& column, const std::string& positive);

}  // namespace furrow::learn
