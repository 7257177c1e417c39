// What a command would write, looked at before it works: minutes of work must not end in a folder that is not there, and no
// result may take the place of a file that it was made from.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::cli {

struct Output {
  std::string_view option;  // "--out"
  std::string path;         // "": not asked for
  bool is_table = true;     // by extension .csv .tsv .jsonl .parquet
};

// kInvalidArgument for an output that is one of `read`, or another output, or a table of an unknown extension; kIo for one
// whose folder is not there, or which is a folder itself. Nothing is created.
Status check_outputs(const std::vector<std::string>& read, const std::vector<Output>& outputs);

}  // namespace furrow::cli
