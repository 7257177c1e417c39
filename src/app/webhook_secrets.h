// What signs each webhook's messages: .furrow/webhook_secrets, lines NAME=whsec_…, readable by the owner only.
// Threads: none shared. A secret never goes into a log line, an error or a reply.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace furrow::app {

inline constexpr std::string_view kWebhookSecretsPath = ".furrow/webhook_secrets";

// The bytes that sign, by webhook; those of `names` that have none yet get one, which is written down. kInvalidWorkspace (with file
// and line) when a line is none; kForbidden when others may read the file.
Result<std::map<std::string, std::string>> ensure_webhook_secrets(const std::filesystem::path& workspace, const std::vector<std::string>& names);

}  // namespace furrow::app
