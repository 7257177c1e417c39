#include "app/report_job.h"

#include <simdjson.h>

#include "app/http_json.h"
#include "base/background.h"
#include "base/files.h"

namespace furrow::app {
namespace {

constexpr size_t kMaxReportBytes = size_t{64} << 20;

}  // namespace

ReportJob::ReportJob(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {
  auto kept = read_file(file_, kMaxReportBytes);
  if (!kept.ok()) return;
  simdjson::dom::parser parser;
  simdjson::dom::element root, report;
  std::string_view made;
  double seconds = 0;
  // A torn file counts as none: the report can be made again.
  if (parser.parse(*kept).get(root) || root["report"].get(report) || root["made"].get(made) || root["seconds"].get(seconds)) return;
  report_ = simdjson::minify(report);
  made_ = made;
  seconds_ = seconds;
}

Status ReportJob::start(Make make) {
  std::lock_guard lock(mutex_);
  if (running_) return Error(ErrorCode::kConflict, "it is being made already");
  running_ = true;
  started_ = clock_.now();
  failed_.reset();
  thread_ = std::jthread([this, make = std::move(make)](std::stop_token stop) { run(make, std::move(stop)); });
  return {};
}

void ReportJob::run(const Make& make, std::stop_token stop) {
  give_way("report");
  const Time begin = clock_.now();
  Result<std::string> made = Error(ErrorCode::kInternal, "the report failed");
  try {
    made = make(std::move(stop));
  } catch (const std::exception& fault) {
    made = Error(ErrorCode::kInternal, fault.what());
  }
  const Time end = clock_.now();
  const double seconds = static_cast<double>((end - begin).micros) / 1e6;
  Status kept;
  if (made.ok()) {
    std::string text;
    JsonWriter(text).begin_object().field("made", format_time(end)).field("seconds", seconds).key("report").raw(*made).end_object();
    std::error_code fault;
    std::filesystem::create_directories(file_.parent_path(), fault);
    kept = write_file_atomically(file_, text);
  }
  std::lock_guard lock(mutex_);
  running_ = false;
  if (!made.ok()) {
    failed_ = made.error();
    return;
  }
  if (!kept.ok()) failed_ = kept.error();
  report_ = *std::move(made);
  made_ = format_time(end);
  seconds_ = seconds;
}

void ReportJob::write_state(JsonWriter& writer) const {
  std::lock_guard lock(mutex_);
  writer.field("state", running_ ? "running" : failed_ ? "failed" : report_.empty() ? "never" : "ready");
  field_or_null(writer, "started", started_ ? format_time(*started_) : std::string());
  field_or_null(writer, "made", made_);
  if (made_.empty()) writer.key("seconds").null();
  else writer.field("seconds", seconds_);
  writer.key("error");
  if (failed_) writer.begin_object().field("code", error_info(failed_->code()).name).field("message", failed_->message()).end_object();
  else writer.null();
}

std::string ReportJob::report() const {
  std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace furrow::app
