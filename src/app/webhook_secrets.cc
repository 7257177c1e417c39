#include "app/webhook_secrets.h"

#include "base/files.h"
#include "reach/webhook_signature.h"

namespace furrow::app {

Result<std::map<std::string, std::string>> ensure_webhook_secrets(const std::filesystem::path& workspace, const std::vector<std::string>& names) {
  const std::filesystem::path path = workspace / kWebhookSecretsPath;
  std::map<std::string, std::string> secrets;
  std::string text;
  auto present = read_file(path, 64 * 1024);
  if (present) {
    text = *std::move(present);
    std::error_code fault;
    const auto mode = std::filesystem::status(path, fault).permissions();
    using std::filesystem::perms;
    if (!fault && (mode & (perms::group_all | perms::others_all)) != perms::none) {
      return Error(ErrorCode::kForbidden, "others on this machine can read the webhooks' secrets; run chmod 600 on the file").at(kWebhookSecretsPath);
    }
  } else if (present.error().code() != ErrorCode::kNotFound) {
    return present.error();
  }
  long line = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view row = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line;
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty() || row[0] == '#') continue;
    const size_t equals = row.find('=');
    auto bytes = reach::webhook_secret_bytes(equals == std::string_view::npos ? std::string_view() : row.substr(equals + 1));
    if (!bytes) return Error(ErrorCode::kInvalidWorkspace, "a line must be NAME=whsec_…: " + bytes.error().message()).at(kWebhookSecretsPath, line);
    secrets[std::string(row.substr(0, equals))] = *std::move(bytes);
  }
  bool fresh = false;
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (const std::string& name : names) {
    if (secrets.contains(name)) continue;
    const std::string secret = reach::new_webhook_secret();
    text += name + "=" + secret + "\n";
    secrets[name] = reach::webhook_secret_bytes(secret).value();
    fresh = true;
  }
  if (!fresh) return secrets;
  std::error_code fault;
  std::filesystem::create_directories(path.parent_path(), fault);
  if (fault) return Error(ErrorCode::kIo, "cannot make the folder " + path.parent_path().string() + ": " + fault.message());
  FURROW_TRY(write_file_atomically(path, text, 0600));
  return secrets;
}

}  // namespace furrow::app
