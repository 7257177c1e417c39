#include <cmath>

#include "govern/quality_state.h"

namespace furrow::govern {
namespace {

constexpr double kUsedWeight = 3;          // what a feature reads matters more
constexpr size_t kUsualDays = 28, kLeastUsualDays = 7;
constexpr double kVolumeChange = 2;        // times the usual, or one part in so many
constexpr uint64_t kLeastEvents = 50;      // of a kind, before its fields are said to come or go
constexpr int64_t kRecentDays = 7;

Severity severity_of(double impact) { return impact >= 10 ? Severity::kHigh : impact >= 1 ? Severity::kMedium : Severity::kLow; }

class Finder {
 public:
  explicit Finder(QualityReport& report) : report_(report) {
    for (const SourceQuality& source : report.sources) {
      total_ += source.events + source.quarantined;
      for (const SourceDay& day : source.days) newest_ = std::max(newest_, day.day);
    }
  }

  void add(QualityIssue issue, double weight) {
    double reach = total_ == 0 ? 0 : static_cast<double>(issue.affected) / static_cast<double>(total_);
    issue.impact = std::min(100.0, 100 * reach * weight * (issue.used ? kUsedWeight : 1));
    issue.severity = severity_of(issue.impact);
    report_.issues.push_back(std::move(issue));
  }

  void of_field(const SourceQuality& source, const FieldQuality& field) {
    QualityIssue issue{.code = {}, .source = source.source, .event = field.event, .field = field.field, .used = field.used};
    auto found = [&](const char* code, double share, uint64_t affected, double weight) {
      issue.code = code;
      issue.share = share;
      issue.affected = affected;
      add(issue, weight);
    };
    if (field.judged >= kLeastEvents && field.scores.validity < 0.98) found("invalid_values", 1 - field.scores.validity, field.invalid, 1);
    double not_standard = field.judged == 0 ? 0 : 1 - static_cast<double>(field.standard) / static_cast<double>(field.judged) - (1 - field.scores.validity);
    if (field.judged >= kLeastEvents && not_standard > 0.02) {
      found("not_standard", not_standard, static_cast<uint64_t>(not_standard * static_cast<double>(field.judged)), 0.5);
    }
    // What is there nearly always is missed where it is not; what is optional is only told where something depends on it.
    double missing = 1 - field.scores.completeness;
    if (field.events >= kLeastEvents && ((missing > 0.02 && missing < 0.5) || (field.used && missing > 0.02))) {
      found("missing_values", missing, field.events - field.present, field.used ? 1 : 0.3);
    }
    if (field.present >= kLeastEvents && field.scores.consistency < 0.98) {
      found("mixed_types", 1 - field.scores.consistency, static_cast<uint64_t>((1 - field.scores.consistency) * static_cast<double>(field.present)), 0.7);
    }
    if (field.present >= kLeastEvents && field.scores.uniqueness < 0.9) {
      found("repeated_ids", 1 - field.scores.uniqueness, static_cast<uint64_t>((1 - field.scores.uniqueness) * static_cast<double>(field.present)), 1);
    }
    drift(source, field);
  }

  // A field that came or went, judged on the days of its kind of event.
  void drift(const SourceQuality& source, const FieldQuality& field) {
    uint64_t before = 0, before_present = 0, recent = 0, recent_present = 0;
    int64_t first_present = -1, last_present = -1;
    size_t days_before = 0;
    for (const FieldDay& day : field.days) {
      bool is_recent = day.day > newest_ - kRecentDays;
      (is_recent ? recent : before) += day.events;
      (is_recent ? recent_present : before_present) += day.present;
      days_before += !is_recent;
      if (day.present > 0 && first_present < 0) first_present = day.day;
      if (day.present > 0) last_present = day.day;
    }
    if (days_before < kLeastUsualDays || before < kLeastEvents || recent < kLeastEvents) return;
    QualityIssue issue{.code = {}, .source = source.source, .event = field.event, .field = field.field, .used = field.used};
    if (before_present == 0 && recent_present * 20 > recent) {
      issue.code = "field_new";
      issue.share = static_cast<double>(recent_present) / static_cast<double>(recent);
      issue.affected = recent_present;
      issue.day = first_present;
      add(issue, 0.1);
    } else if (recent_present == 0 && before_present * 2 > before) {
      issue.code = "field_gone";
      issue.share = 1;
      issue.affected = recent;
      issue.day = last_present + 1;
      add(issue, 2);
    }
  }

  // Days whose number of events is far from the median of the weeks before. The newest day may not be over.
  void volumes(const SourceQuality& source) {
    const auto& all = source.days;
    if (all.size() < kLeastUsualDays + 2) return;
    for (size_t i = kLeastUsualDays; i + 1 < all.size(); ++i) {
      if (all[i].day <= newest_ - kRecentDays) continue;
      std::vector<uint64_t> usual;
      for (size_t k = i > kUsualDays ? i - kUsualDays : 0; k < i; ++k) usual.push_back(all[k].events);
      std::nth_element(usual.begin(), usual.begin() + static_cast<ptrdiff_t>(usual.size() / 2), usual.end());
      double median = static_cast<double>(usual[usual.size() / 2]), now = static_cast<double>(all[i].events);
      if (median < 20 || std::abs(now - median) < 4 * std::sqrt(median)) continue;
      QualityIssue issue{.code = {}, .source = source.source, .event = {}, .field = {}};
      issue.share = now / median;
      issue.day = all[i].day;
      issue.affected = static_cast<uint64_t>(std::abs(now - median));
      if (now * kVolumeChange < median) issue.code = "volume_drop";
      else if (now > median * kVolumeChange) issue.code = "volume_rise";
      else continue;
      add(issue, 3);
    }
  }

  void of_source(const SourceQuality& source) {
    QualityIssue issue{.code = {}, .source = source.source, .event = {}, .field = {}};
    uint64_t came = source.events + source.quarantined;
    if (came >= kLeastEvents && source.quarantined * 200 > came) {
      issue.code = "quarantined";
      issue.share = static_cast<double>(source.quarantined) / static_cast<double>(came);
      issue.affected = source.quarantined;
      add(issue, 1.5);
    }
    if (source.events >= kLeastEvents && source.faulty_times * 200 > source.events) {
      issue.code = "faulty_times";
      issue.share = static_cast<double>(source.faulty_times) / static_cast<double>(source.events);
      issue.affected = source.faulty_times;
      add(issue, 1.5);
    }
    if (source.days.size() >= kLeastUsualDays && source.days.back().day < newest_ - kRecentDays) {
      issue.code = "silent";
      issue.share = 1;
      issue.day = source.days.back().day;
      issue.affected = source.events / source.days.size() * static_cast<uint64_t>(newest_ - source.days.back().day);
      add(issue, 1);
    }
    volumes(source);
    for (const FieldQuality& field : source.fields) of_field(source, field);
  }

 private:
  QualityReport& report_;
  uint64_t total_ = 0;
  int64_t newest_ = INT64_MIN / 2;
};

}  // namespace

void find_issues(const QualityQuestion&, QualityReport& report) {
  Finder finder(report);
  for (const SourceQuality& source : report.sources) finder.of_source(source);
  std::stable_sort(report.issues.begin(), report.issues.end(), [](const auto& a, const auto& b) { return a.impact > b.impact; });
}

void judge_readiness(const QualityQuestion& question, double people, const SeenLabels& labels, QualityReport& report) {
  auto part = [&](std::string name, double value, double target, std::string detail = {}) {
    double score = target <= 0 ? 1 : std::clamp(value / target, 0.0, 1.0);
    report.parts.push_back({std::move(name), value, target, score, std::move(detail)});
  };
  int64_t first = INT64_MAX, last = INT64_MIN;
  double used_weight = 0, complete = 0, valid = 0;
  uint64_t events = 0, faulty = 0;
  for (const SourceQuality& source : report.sources) {
    events += source.events;
    faulty += source.faulty_times;
    if (source.last.micros != 0) {
      first = std::min(first, source.first.micros);
      last = std::max(last, source.last.micros);
    }
    for (const FieldQuality& field : source.fields) {
      if (!field.used) continue;
      double weight = static_cast<double>(field.events);
      used_weight += weight;
      complete += weight * field.scores.completeness;
      valid += weight * field.scores.validity;
    }
  }
  uint64_t fewest = UINT64_MAX;
  std::string rarest;
  for (const std::string& label : question.outcome_events) {
    auto at = labels.find(label);
    const SeenLabel seen = at == labels.end() ? SeenLabel{} : at->second;
    if (seen.times >= fewest) continue;
    fewest = seen.times, rarest = label;
    // A customer of three years does not make three years of what is to be foreseen.
    first = seen.first.micros, last = seen.last.micros;
  }
  part("history_days", first > last ? 0 : std::floor(static_cast<double>(last - first) / static_cast<double>(days(1).micros)), 28, rarest);
  part("people", std::round(people), 1000);
  if (!question.outcome_events.empty()) part("positives", static_cast<double>(fewest), 500, rarest);
  part("completeness", used_weight == 0 ? report.scores.completeness : complete / used_weight, 0.95);
  part("validity", used_weight == 0 ? report.scores.validity : valid / used_weight, 0.98);
  part("possible_times", events == 0 ? 0 : 1 - static_cast<double>(faulty) / static_cast<double>(events), 0.99);
  // A chain is as strong as its weakest link: half the mean, half the least.
  double sum = 0, least = 1;
  for (const ReadinessPart& one : report.parts) sum += one.score, least = std::min(least, one.score);
  report.readiness = 50 * sum / static_cast<double>(report.parts.size()) + 50 * least;
}

}  // namespace furrow::govern
