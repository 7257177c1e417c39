// The server that has a data directory, for commands that come beside it.
//
//   DATA/server.json   {"pid":…,"host":"127.0.0.1","port":8080}, mode 600, while a server has the directory
// A note counts only while the process that it names holds the directory's lock (store/directory_lock.h), so that one
// left behind by kill -9 misleads nobody.
// Threads: RunningServer is used by one thread; the callbacks of its intake run on a thread of its own, in order.
// Errors: kUnavailable when it does not answer, kUnauthorized when the api key is another's, or what it said.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "app/intake.h"
#include "event/record.h"

namespace furrow::app {

Status write_server_note(const std::filesystem::path& data, std::string_view host, uint16_t port);
void remove_server_note(const std::filesystem::path& data);

class RunningServer {
 public:
  // kNotFound when no server has the directory (nobody, or a process that is no server).
  static Result<std::unique_ptr<RunningServer>> find(const std::filesystem::path& data, std::string api_key);
  virtual ~RunningServer() = default;  // waits for what was submitted
  virtual const std::string& address() const = 0;

  // Submissions go over one connection in order. While the server has no room (503) they wait, at most kPatience; then,
  // and when the connection breaks, their callback gets the error. Reads are of the log on disk, all that is acknowledged.
  virtual Intake intake() = 0;
  // As ModelJobs::promote and roll_back, by the server, so that the next decision is the version's.
  virtual Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor) = 0;
  virtual Result<ModelRecord> roll_back(const std::string& model, const std::string& actor) = 0;
  // As PeopleJobs, by the server.
  virtual Result<pipeline::PeopleChanged> merge_people(const std::string& from, const std::string& into) = 0;
  virtual Result<pipeline::PeopleChanged> split_people(const std::string& profile, const std::string& merge) = 0;
  // The linkage of its people, run by the server (people_linkage.h): what POST /v1/people/link answers.
  virtual Result<std::string> link_people(bool only_new) = 0;
  // POST /v1/models/MODEL/ACTION: shadow, canary, approve.
  virtual Status stage(const std::string& model, const std::string& action, const std::string& body) = 0;
};

inline constexpr Duration kPatience = seconds(60);

}  // namespace furrow::app
