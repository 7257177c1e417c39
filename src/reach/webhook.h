// A webhook: where messages are sent to another program of the company, declared in webhooks/NAME.yaml, one a file.
//
//   name: crm
//   url: https://hooks.example.com/furrow
//   description, description_zh: for people
//   identifiers: [user_id]       # kinds (identity.yaml) that a message carries of a person; user_id unless said
//   causes: [event, time]        # of the changes it is told; all unless said: event, time, merge, split, start
//   batch: 100                   # messages a request as a JSON array; 1 unless said: one object a request
//   timeout: 10s                 # of one request
//   give_up_after: 6h            # a receiver that fails for longer loses messages to the dead letters
//   allow_private: true          # the address may be inside one's own network, and http://
//
// And what is told it: reactions of segments, in segments/*.yaml, `on_enter: crm` and `on_exit: [crm, mail]`.
// Threads: values. Limits: kMaxWebhooks.
#pragma once
#include <string>
#include <vector>

#include "base/yaml.h"
#include "reach/outbound.h"

namespace furrow::reach {

inline constexpr size_t kMaxWebhooks = 20;
inline constexpr size_t kMaxWebhookBatch = 500;

struct WebhookDeclaration {
  std::string name;
  OutboundUrl url;
  std::string description, description_zh;
  std::vector<std::string> identifiers;
  std::vector<std::string> causes;  // empty: all
  size_t batch = 1;
  Duration timeout = seconds(10), give_up_after = hours(6);
  bool allow_private = false;
  std::string file;
  long line = 0;
  // Reports every fault; `kinds` are the identifiers that the workspace knows.
  static WebhookDeclaration load(const YamlNode& node, const std::vector<std::string>& kinds);
};

// Which webhooks hear of a segment's entries and exits.
struct SegmentReaction {
  std::string segment;
  std::vector<std::string> on_enter, on_exit;  // names of webhooks
};
// Appends the reactions of a parsed file of segments; a name that is no webhook is reported at its line.
void load_segment_reactions(const YamlNode& root, const std::vector<std::string>& webhooks, std::vector<SegmentReaction>& into);

}  // namespace furrow::reach
