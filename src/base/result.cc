#include "base/result.h"

namespace furrow {

struct Error::Parts {
  ErrorCode code = ErrorCode::kInternal;
  std::string message, field, file;
  long line = 0;
};

Error::Error(ErrorCode code, std::string message) : parts_(new Parts{code, std::move(message), {}, {}, 0}) {}
Error::Error(const Error& other) : parts_(other.parts_ ? new Parts(*other.parts_) : nullptr) {}

void Error::drop() { delete parts_; }

Error::Parts& Error::parts() {
  if (!parts_) parts_ = new Parts();
  return *parts_;
}
const Error::Parts& Error::parts() const {
  static const Parts none;
  return parts_ ? *parts_ : none;
}

ErrorCode Error::code() const { return parts().code; }
const std::string& Error::message() const { return parts().message; }
const std::string& Error::field() const { return parts().field; }
const std::string& Error::file() const { return parts().file; }
long Error::line() const { return parts().line; }

Error& Error::in_field(std::string_view field) & {
  parts().field = field;
  return *this;
}
Error& Error::at(std::string_view file, long line) & {
  parts().file = file;
  parts().line = line;
  return *this;
}

std::string Error::to_string() const {
  std::string text;
  // A sentence about the file as a whole names it already.
  size_t at = message().find(file());
  bool named = line() == 0 && at != std::string::npos && (at == 0 || message()[at - 1] == ' ');
  if (!named) {
    text += file();
    if (line() > 0) text += ':' + std::to_string(line());
    text += ": ";
  }
  text += message();
  text += " (";
  text += error_info(code()).name;
  text += ')';
  return text;
}

}  // namespace furrow
