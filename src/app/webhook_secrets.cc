#include "app/webhook_secrets.h"

#include "app/secret_file.h"
#include "reach/webhook_signature.h"

namespace furrow::app {

Result<std::map<std::string, std::string>> ensure_webhook_secrets(const std::filesystem::path& workspace, const std::vector<std::string>& names) {
  std::map<std::string, std::string> secrets;
  std::string text;
  if (auto file = read_secret_file(workspace, kWebhookSecretsPath, "the webhooks' secrets")) {
    for (const Secret& secret : file->secrets) {
      auto bytes = reach::webhook_secret_bytes(secret.value);
      if (!bytes) return Error(ErrorCode::kInvalidWorkspace, "a line must be NAME=whsec_…: " + bytes.error().message()).at(kWebhookSecretsPath, secret.line);
      secrets[secret.name] = *std::move(bytes);
    }
    text = std::move(file->text);
  } else if (file.error().code() != ErrorCode::kNotFound) {
    return std::move(file).error();
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
  FURROW_TRY(write_secret_file(workspace, kWebhookSecretsPath, text));
  return secrets;
}

}  // namespace furrow::app
