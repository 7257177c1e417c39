#include "cli/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/json.h"

namespace furrow::cli {
namespace {

int report(const Error& error, bool as_json) {
  if (as_json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("error").begin_object().field("code", error_info(error.code()).name).field("message", error.message());
    if (!error.field().empty()) json.field("field", error.field());
    if (!error.file().empty()) json.field("file", error.file()).field("line", error.line());
    json.end_object().end_object();
    std::cout << out << std::endl;
  } else {
    std::cerr << "furrow: " << error.to_string() << std::endl;
  }
  return error_info(error.code()).exit_status;
}

// What a number of type T may be, in words: CLI11 only says that it could not convert one.
template <typename T>
std::string range_in_words() {
  if constexpr (std::is_floating_point_v<T>) return "a number";
  else if constexpr (sizeof(T) <= 2) return fmt::format("a whole number from {} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  else return std::is_unsigned_v<T> ? "a whole number of 0 or more" : "a whole number";
}

template <typename T>
void refuse_other_than_numbers(CLI::Option* option) {
  if constexpr (std::is_arithmetic_v<T>) {
    option->check(CLI::Validator(
        [](std::string& text) {
          T value{};
          return CLI::detail::lexical_cast(text, value) ? std::string() : fmt::format("takes {}, not '{}'", range_in_words<T>(), text);
        },
        ""));
  }
}

}  // namespace

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::between(double low, double high) const {
  option_->check(CLI::Validator(
      [low, high](std::string& text) {
        double value = 0;
        const bool fits = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
        return fits ? std::string() : fmt::format("takes a number from {} to {}, not '{}'", low, high, text);
      },
      fmt::format("{} to {}", low, high)));
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::list() const {
  option_->delimiter(',')->allow_extra_args(false);
  return *this;
}

Option Option::show_default() const {
  option_->capture_default_str();
  return *this;
}

Command Command::add_subcommand(const std::string& name, const std::string& description) const {
  return Command(app_->add_subcommand(name, description));
}

template <typename T>
Option Command::add_option(const std::string& name, T& value, const std::string& description) const {
  CLI::Option* option = app_->add_option(name, value, description);
  refuse_other_than_numbers<T>(option);
  return Option(option);
}
template Option Command::add_option(const std::string&, std::string&, const std::string&) const;
template Option Command::add_option(const std::string&, std::vector<std::string>&, const std::string&) const;
template Option Command::add_option(const std::string&, int&, const std::string&) const;
template Option Command::add_option(const std::string&, unsigned&, const std::string&) const;
template Option Command::add_option(const std::string&, int64_t&, const std::string&) const;
template Option Command::add_option(const std::string&, uint16_t&, const std::string&) const;
template Option Command::add_option(const std::string&, uint64_t&, const std::string&) const;
template Option Command::add_option(const std::string&, double&, const std::string&) const;
template Option Command::add_option(const std::string&, std::optional<uint64_t>&, const std::string&) const;
template Option Command::add_option(const std::string&, std::vector<uint64_t>&, const std::string&) const;

Option Command::add_flag(const std::string& name, bool& value, const std::string& description) const {
  return Option(app_->add_flag(name, value, description));
}

void Command::require_subcommand() const { app_->require_subcommand(1); }

void Command::footer(const std::string& example) const { app_->footer(example); }

void Jobs::add(Command leaf, std::function<Status()> job, const bool* json) {
  entries_.push_back({leaf.app_, std::move(job), json});
}

int Jobs::run(Command root) const {
  for (const auto& entry : entries_) {
    if (!entry.leaf->parsed() || !entry.leaf->get_subcommands().empty()) continue;
    Status status;
    try {
      status = entry.job();
    } catch (const std::exception& bug) {
      status = Error(ErrorCode::kInternal, bug.what());
    }
    return status.ok() ? 0 : report(status.error(), entry.json && *entry.json);
  }
  std::cout << root.app_->help();
  return 2;
}

Program::Program(const std::string& description, const std::string& version) : app_(std::make_unique<CLI::App>(description, "furrow")) {
  app_->require_subcommand(0, 1);
  if (!version.empty()) app_->set_version_flag("--version", version);
}

Program::~Program() = default;

int Program::run(std::vector<std::string> arguments) {
  const bool as_json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
  try {
    app_->parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_->exit(error);  // --help, --version
    // A mistyped verb leaves its own verbs missing: the word that nobody knows says more than what is then required.
    const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const auto unknown = extras ? app_->remaining(true) : std::vector<std::string>();
    std::string said = unknown.empty() ? error.what() : fmt::format("not known here: {}", fmt::join(unknown, " "));
    if (const size_t missing = said.find(": 1 required "); missing != std::string::npos) said = said.substr(0, missing) + " needs a value";
    return report(Error(ErrorCode::kInvalidArgument, said + "; --help shows how"), as_json);
  }
  return jobs_.run(root());
}

}  // namespace furrow::cli
