#include "app/running_server.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <charconv>
#include <deque>

#include "app/query.h"
#include "base/files.h"
#include "base/http_client.h"
#include "base/json.h"
#include "pipeline/submission_codec.h"

namespace furrow::app {
namespace {

constexpr Duration kReplyTimeout = seconds(120);  // a checkpoint or a slow disk may hold an acknowledgement back
constexpr auto kLookAgain = std::chrono::milliseconds(100);

std::filesystem::path note_of(const std::filesystem::path& data) { return data / "server.json"; }

// The process that the lock's file names; 0 when it names none.
int64_t lock_holder(const std::filesystem::path& data) {
  auto text = read_file(data / "LOCK", 64);
  int64_t pid = 0;
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

// What the server answered: the object of a 200, else its error as it said it.
struct Answer {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  static Result<std::unique_ptr<Answer>> of(Result<HttpReply> reply) {
    if (!reply.ok()) return std::move(reply).error();
    auto answer = std::make_unique<Answer>();
    bool json = !answer->parser.parse(reply->body).get(answer->root);
    if (json && reply->status == 200) return answer;
    std::string_view code, message;
    if (!json || answer->root["error"]["code"].get(code) || answer->root["error"]["message"].get(message)) {
      return Error(ErrorCode::kUnavailable, fmt::format("the server answered {} without a reason", reply->status));
    }
    for (const ErrorInfo& info : all_errors()) {
      if (info.name == code) return Error(info.code, std::string(message));
    }
    return Error(ErrorCode::kInternal, fmt::format("the server answered {}: {}", code, message));
  }
  uint64_t number(std::string_view name) const {
    uint64_t value = 0;
    return root[name].get(value) ? 0 : value;
  }
  std::string text(std::string_view name) const {
    std::string_view value;
    return root[name].get(value) ? std::string() : std::string(value);
  }
};

LogPosition position_of(const std::string& text) {
  LogPosition position;
  std::from_chars(text.data(), text.data() + text.size(), position.value);
  return position;
}

class HttpRunningServer final : public RunningServer {
 public:
  HttpRunningServer(ServerAddress to, std::string address, std::filesystem::path data, std::string api_key)
      : address_(std::move(address)), data_(std::move(data)), authorization_(bearer_authorization(api_key)),
        sending_(to, {kReplyTimeout}), asking_(to, {kReplyTimeout}), sender_([this] { send_all(); }) {}
  ~HttpRunningServer() override {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
    sender_.join();
  }

  const std::string& address() const override { return address_; }

  Intake intake() override {
    return {[this](pipeline::Submission submission, std::function<void(const pipeline::Acknowledgement&)> done) -> Status {
              {
                std::lock_guard lock(mutex_);
                waiting_.push_back({std::move(submission), std::move(done)});
              }
              wake_.notify_all();
              return {};
            },
            [this](LogPosition from, const std::function<bool(const Record&)>& visit) -> Status {
              FURROW_ASSIGN(RecordScan scan, read_only_scan(data_));
              return scan(from, visit);
            }};
  }

  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor) override {
    std::string body;
    JsonWriter(body).begin_object().field("version", version).field("by", actor).end_object();
    return change("/v1/models/" + model + "/promote", std::move(body));
  }
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor) override {
    std::string body;
    JsonWriter(body).begin_object().field("by", actor).end_object();
    return change("/v1/models/" + model + "/rollback", std::move(body));
  }
  Result<pipeline::PeopleChanged> merge_people(const std::string& from, const std::string& into) override {
    std::string body;
    JsonWriter(body).begin_object().field("from", from).field("into", into).end_object();
    FURROW_ASSIGN(auto answer, Answer::of(asking_.post("/v1/people/merge", authorization_, std::move(body))));
    pipeline::PeopleChanged changed;
    changed.merge = changed.position = position_of(answer->text("merge"));
    FURROW_ASSIGN(changed.stays, ProfileId::parse(answer->text("profile")));
    FURROW_ASSIGN(changed.leaves, ProfileId::parse(answer->text("from")));
    return changed;
  }
  Result<std::string> link_people(bool only_new) override {
    auto reply = asking_.post("/v1/people/link", authorization_, only_new ? R"({"people":"new"})" : "{}");
    std::string body = reply.ok() ? reply->body : std::string();
    FURROW_TRY(Answer::of(std::move(reply)));
    return body;
  }
  Result<pipeline::PeopleChanged> split_people(const std::string& profile, const std::string& merge) override {
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    if (!profile.empty()) json.field("profile", profile);
    if (!merge.empty()) json.field("merge", merge);
    json.end_object();
    FURROW_ASSIGN(auto answer, Answer::of(asking_.post("/v1/people/split", authorization_, std::move(body))));
    pipeline::PeopleChanged changed;
    changed.position = position_of(answer->text("split"));
    changed.merge = position_of(answer->text("merge"));
    FURROW_ASSIGN(changed.leaves, ProfileId::parse(answer->text("profile")));
    FURROW_ASSIGN(changed.stays, ProfileId::parse(answer->text("from")));
    return changed;
  }
  Status stage(const std::string& model, const std::string& action, const std::string& body) override {
    FURROW_TRY(Answer::of(asking_.post("/v1/models/" + model + "/" + action, authorization_, body)));
    return {};
  }

 private:
  struct Waiting {
    pipeline::Submission submission;
    std::function<void(const pipeline::Acknowledgement&)> done;
  };

  void send_all() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next.done(send(next.submission));
      lock.lock();
    }
  }

  pipeline::Acknowledgement send(const pipeline::Submission& submission) {
    pipeline::Acknowledgement all;
    for (const std::string& piece : pipeline::encode_submission(submission)) {
      auto answer = send(piece);
      if (!answer.ok()) {
        all.status = answer.error();
        return all;
      }
      all.accepted += (*answer)->number("accepted");
      all.duplicates += (*answer)->number("duplicates");
    }
    return all;
  }

  Result<std::unique_ptr<Answer>> send(const std::string& piece) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::microseconds(kPatience.micros);
    while (true) {
      auto reply = sending_.post("/v1/records", authorization_, piece, pipeline::kRecordsType);
      bool no_room = reply.ok() && reply->status == 503;
      auto answer = Answer::of(std::move(reply));
      if (answer.ok() || !no_room || std::chrono::steady_clock::now() >= give_up) return answer;
      std::this_thread::sleep_for(kLookAgain);
    }
  }

  Result<ModelRecord> change(const std::string& path, std::string body) {
    FURROW_ASSIGN(auto answer, Answer::of(asking_.post(path, authorization_, std::move(body))));
    ModelRecord record;
    record.model = answer->text("model");
    record.version = answer->text("version");
    record.action = answer->text("action");
    return record;
  }

  const std::string address_;
  const std::filesystem::path data_;
  const std::string authorization_;
  HttpClient sending_, asking_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool closed_ = false;
  std::thread sender_;  // last: it uses all of the above
};

}  // namespace

Status write_server_note(const std::filesystem::path& data, std::string_view host, uint16_t port) {
  // One that listens on every address is asked on this machine's own.
  if (host == "0.0.0.0" || host == "localhost") host = "127.0.0.1";
  if (host == "::") host = "::1";
  std::string text;
  JsonWriter(text).begin_object().field("pid", static_cast<int64_t>(::getpid())).field("host", host).field("port", port).end_object();
  return write_file_atomically(note_of(data), text + "\n", 0600);
}

void remove_server_note(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(note_of(data), ignored);
}

Result<std::unique_ptr<RunningServer>> RunningServer::find(const std::filesystem::path& data, std::string api_key) {
  Error none(ErrorCode::kNotFound, fmt::format("no server has the data folder {}", data.string()));
  auto text = read_file(note_of(data), 4096);
  if (!text.ok()) return none;
  simdjson::dom::parser parser;
  simdjson::dom::element note;
  int64_t pid = 0;
  uint64_t port = 0;
  std::string_view host;
  if (parser.parse(*text).get(note) || note["pid"].get(pid) || note["host"].get(host) || note["port"].get(port) || port == 0 || port > 65535) return none;
  if (pid != lock_holder(data)) return none;
  ServerAddress to{std::string(host), static_cast<uint16_t>(port)};
  bool v6 = host.find(':') != std::string_view::npos;
  std::string address = fmt::format("http://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
  return std::unique_ptr<RunningServer>(std::make_unique<HttpRunningServer>(std::move(to), std::move(address), data, std::move(api_key)));
}

}  // namespace furrow::app
