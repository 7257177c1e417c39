#include <fmt/format.h>

#include <fstream>
#include <future>

#include "base/files.h"
#include "base/json.h"
#include "table/database.h"
#include "table/parquet.h"
#include "table/row_readers.h"

namespace furrow::table {
namespace {

constexpr size_t kReaderMemory = size_t{512} << 20;

Cell::Kind kind_of(std::string_view type) {
  if (type == "BOOLEAN") return Cell::Kind::kBoolean;
  if (type.find('[') != std::string_view::npos || type.starts_with("STRUCT") || type.starts_with("MAP")) {
    return Cell::Kind::kJson;
  }
  for (std::string_view number : {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"}) {
    if (type == number || (type[0] == 'U' && type.substr(1) == number)) return Cell::Kind::kNumber;
  }
  return type.starts_with("DECIMAL") ? Cell::Kind::kNumber : Cell::Kind::kText;
}

class ParquetReader : public RowReader {
 public:
  Status start(const std::filesystem::path& path) {
    std::error_code missing;
    total_ = std::filesystem::file_size(path, missing);
    FURROW_ASSIGN(file_, ParquetFile::open(path));
    FURROW_ASSIGN(database_, Database::open({.threads = 1, .memory_limit_bytes = kReaderMemory, .spill_folder = {}}));
    std::string from = fmt::format("read_parquet({})", sql_text(file_.path()));
    auto failed = [&](const Error& error) {
      return Error(ErrorCode::kInvalidFile, fmt::format("not a readable Parquet file: {}", first_line(error.message()))).at(path.string());
    };
    auto shape = database_->query("DESCRIBE SELECT * FROM " + from);
    if (!shape.ok()) return failed(shape.error());
    std::string list;
    for (size_t i = 0; i < shape->rows(); ++i) {
      columns_.emplace_back(shape->column(0).text(i));
      kinds_.push_back(kind_of(shape->column(1).text(i)));
      std::string name = sql_name(columns_.back());
      if (kinds_.back() == Cell::Kind::kJson) name = fmt::format("to_json({})", name);
      list += fmt::format("{}{}::VARCHAR", i ? ", " : "", name);
    }
    auto count = database_->query("SELECT count(*) FROM " + from);
    if (!count.ok()) return failed(count.error());
    rows_ = static_cast<uint64_t>(count->column(0).integer(0));
    auto stream = database_->stream(fmt::format("SELECT {} FROM {}", list, from));
    if (!stream.ok()) return failed(stream.error());
    stream_ = std::move(*stream);
    cells_.resize(columns_.size());
    return {};
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next(Row& row) override {
    if (++at_ >= chunk_.rows()) {
      if (!coming_.valid()) coming_ = std::async(std::launch::async, [this] { return stream_->next(); });
      FURROW_ASSIGN(chunk_, coming_.get());
      at_ = 0;
      if (chunk_.rows() == 0) return false;
      coming_ = std::async(std::launch::async, [this] { return stream_->next(); });
    }
    for (size_t c = 0; c < cells_.size(); ++c) {
      const Column& column = chunk_.column(c);
      cells_[c] = column.is_null(at_) ? Cell{} : Cell{kinds_[c], column.text(at_)};
    }
    row.line = ++line_;
    row.cells = cells_;
    row.fault = {};
    return true;
  }
  std::string standalone() const override {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    for (size_t c = 0; c < cells_.size(); ++c) {
      if (cells_[c].missing()) continue;
      json.key(columns_[c]);
      if (cells_[c].kind == Cell::Kind::kText) {
        json.text(cells_[c].text);
      } else {
        json.raw(cells_[c].text);
      }
    }
    json.end_object();
    return out + "\n";
  }
  uint64_t bytes_read() const override { return rows_ == 0 ? total_ : total_ * line_ / rows_; }
  uint64_t bytes_total() const override { return total_; }
  std::string_view encoding() const override { return ""; }
  char delimiter() const override { return 0; }

 private:
  ParquetFile file_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<ResultStream> stream_;  // ends before its database
  std::future<Result<Table>> coming_;     // read while the rows before it are used; its end waits for it
  std::vector<std::string> columns_;
  std::vector<Cell::Kind> kinds_;
  std::vector<Cell> cells_;
  Table chunk_;
  size_t at_ = static_cast<size_t>(-1);
  uint64_t line_ = 0, rows_ = 0, total_ = 0;
};

}  // namespace

Result<ParquetFile> ParquetFile::open(const std::filesystem::path& path) {
  ParquetFile file;
  file.path_ = path.string();
  std::ifstream probe(path, std::ios::binary);
  if (!probe) {
    return Error(ErrorCode::kNotFound, fmt::format("cannot open {}", path.string())).at(path.string());
  }
  char magic[2] = {};
  probe.read(magic, 2);
  if (magic[0] != '\x1f' || magic[1] != '\x8b') return file;
  FURROW_ASSIGN(auto source, ByteSource::open(path));
  file.folder_ = std::make_unique<TemporaryFolder>();
  file.path_ = (file.folder_->path() / "plain.parquet").string();
  std::ofstream out(file.path_, std::ios::binary);
  while (true) {
    out.write(source->window().data(), static_cast<std::streamsize>(source->window().size()));
    source->consume(source->window().size());
    FURROW_ASSIGN(bool more, source->more());
    if (!more) break;
  }
  out.close();
  if (!out) return Error(ErrorCode::kStorageFull, fmt::format("cannot write {}", file.path_)).at(file.path_);
  return file;
}

Result<std::unique_ptr<RowReader>> make_parquet_reader(const std::filesystem::path& path) {
  auto reader = std::make_unique<ParquetReader>();
  FURROW_TRY(reader->start(path));
  return std::unique_ptr<RowReader>(std::move(reader));
}

}  // namespace furrow::table
