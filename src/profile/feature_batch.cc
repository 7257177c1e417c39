#include "profile/feature_batch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>
#include <unordered_set>

namespace furrow::profile {
namespace {

constexpr size_t kParts = 256;
constexpr size_t kHeadWords = 4;  // length and kind; person; message; time; then position, selectors, columns, cells, texts
constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

Error io_error(std::string_view what, int cause) {
  return Error(cause == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(cause)));
}

// A file without a name: it is gone when the process is.
class SpillFile {
 public:
  SpillFile() = default;
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  ~SpillFile() {
    if (map_ != nullptr) munmap(map_, mapped_);
    if (file_ >= 0) close(file_);
  }
  Status open(const std::filesystem::path& folder) {
    std::string name = (folder / ".furrow-spill-XXXXXX").string();
    file_ = mkstemp(name.data());
    if (file_ < 0) return io_error(fmt::format("cannot make a temporary file in {}", folder.string()), errno);
    unlink(name.c_str());
    return {};
  }
  // Where the bytes stand from now on.
  Result<uint64_t> append(const void* bytes, size_t size) {
    const uint64_t at = end_.fetch_add(size);
    for (size_t done = 0; done < size;) {
      const ssize_t n = pwrite(file_, static_cast<const char*>(bytes) + done, size - done, static_cast<off_t>(at + done));
      if (n <= 0) return io_error("cannot write a temporary file", n < 0 ? errno : ENOSPC);
      done += static_cast<size_t>(n);
    }
    return at;
  }
  Status read(uint64_t at, void* bytes, size_t size) const {
    for (size_t done = 0; done < size;) {
      const ssize_t n = pread(file_, static_cast<char*>(bytes) + done, size - done, static_cast<off_t>(at + done));
      if (n <= 0) return io_error("cannot read a temporary file", n < 0 ? errno : EIO);
      done += static_cast<size_t>(n);
    }
    return {};
  }
  Result<double*> map(size_t size) {
    if (int cause = posix_fallocate(file_, 0, static_cast<off_t>(size)); cause != 0) return io_error("no room for the matrix", cause);
    map_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (map_ == MAP_FAILED) {
      map_ = nullptr;
      return io_error("cannot map the matrix", errno);
    }
    mapped_ = size;
    return static_cast<double*>(map_);
  }

 private:
  int file_ = -1;
  void* map_ = nullptr;
  size_t mapped_ = 0;
  std::atomic<uint64_t> end_{0};
};

struct Part {
  std::vector<uint64_t> words;
  struct Extent {
    uint64_t at, words;
  };
  std::vector<Extent> spilled;
};

// One packed entry of a part.
struct Packed {
  const uint64_t* words;
  size_t length() const { return words[0] >> 1; }
  bool is_label() const { return words[0] & 1; }
  uint64_t person() const { return words[1]; }
  uint64_t message() const { return words[2]; }
  Time time() const { return {static_cast<int64_t>(words[3])}; }
  uint64_t position() const { return words[4]; }
};

void pack(const JournalEntry& entry, ProfileId person, bool is_label, uint64_t message, std::vector<uint64_t>& words) {
  const size_t start = words.size();
  words.insert(words.end(), {0, person.value, message, static_cast<uint64_t>(entry.time.micros), entry.position.value});
  words.insert(words.end(), entry.selectors.begin(), entry.selectors.end());
  words.insert(words.end(), entry.columns.begin(), entry.columns.end());
  words.insert(words.end(), entry.cells.begin(), entry.cells.end());
  for (std::string_view text : entry.texts) {
    text = text.substr(0, kMaxJournalTextBytes + 8);  // Journal cuts, at a letter's end
    words.push_back(text.size());
    const size_t at = words.size();
    words.resize(at + (text.size() + 7) / 8);
    std::memcpy(words.data() + at, text.data(), text.size());
  }
  words[start] = (words.size() - start) << 1 | (is_label ? 1 : 0);
}

void unpack(const Packed& packed, const FeatureProgram& program, JournalEntry& entry) {
  const uint64_t* at = packed.words + kHeadWords + 1;
  entry.time = packed.time();
  entry.position = {packed.position()};
  entry.selectors.assign(at, at + program.selector_words());
  at += program.selector_words();
  entry.columns.assign(at, at + program.column_words());
  at += program.column_words();
  size_t cells = 0, texts = 0;
  for (uint64_t word : entry.columns) cells += static_cast<size_t>(std::popcount(word));
  entry.cells.assign(at, at + cells);
  at += cells;
  entry.texts.clear();
  for (Cell cell : entry.cells) texts += is_text_cell(cell);
  for (; texts > 0; --texts) {
    const size_t size = *at++;
    entry.texts.emplace_back(reinterpret_cast<const char*>(at), size);
    at += (size + 7) / 8;
  }
}

class Batch : public FeatureBatch {
 public:
  Batch(std::shared_ptr<const FeatureProgram> features, std::shared_ptr<const FeatureProgram> labels, std::vector<Observation> observations,
        const FeatureBatchOptions& options)
      : features_(std::move(features)), labels_(std::move(labels)), observations_(std::move(observations)), options_(options), parts_(kParts),
        width_(features_->size() + (labels_ ? labels_->size() : 0)) {}

  Status open() {
    for (const SpillFile* file : {&spill_, &matrix_file_, &texts_}) FURROW_TRY(const_cast<SpillFile*>(file)->open(options_.spill_folder));
    if (labels_) {
      for (const auto& label : labels_->definitions()) {
        if (!label.window) return Error(ErrorCode::kInvalidArgument, fmt::format("label \"{}\" needs a window", label.name));
      }
    }
    return {};
  }

  bool wants(std::string_view label) const override { return features_->wants(label) || (labels_ && labels_->wants(label)); }
  void saw(Time time) override { latest_ = std::max(latest_, time); }

  Status add(ProfileId person, std::string_view label, std::span<const Value> features, std::span<const Value> labels, Time time,
             LogPosition position, uint64_t message) override {
    Part& part = parts_[mix64(person.value) % kParts];
    const size_t before = part.words.size();
    if (features_->wants(label) && features_->extract(label, features, time, position, entry_)) pack(entry_, person, false, message, part.words);
    if (labels_ && labels_->wants(label) && labels_->extract(label, labels, time, position, entry_)) pack(entry_, person, true, message, part.words);
    buffered_ += (part.words.size() - before) * sizeof(uint64_t);
    return buffered_ > options_.memory_bytes ? spill() : Status();
  }

  Status evaluate() override {
    FURROW_ASSIGN(matrix_, matrix_file_.map(std::max<size_t>(1, observations_.size() * width_) * sizeof(double)));
    of_part_.resize(kParts);
    for (size_t i = 0; i < observations_.size(); ++i) of_part_[mix64(observations_[i].profile.value) % kParts].push_back(static_cast<uint32_t>(i));
    std::atomic<size_t> next{0};
    std::mutex mutex;
    Status first;
    auto work = [&] {
      for (size_t part = next++; part < kParts; part = next++) {
        Status done = evaluate_part(part);
        if (done.ok()) continue;
        std::lock_guard lock(mutex);
        if (first.ok()) first = std::move(done);
        next = kParts;
      }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < options_.threads; ++t) others.emplace_back(work);
    work();
    for (auto& thread : others) thread.join();
    return first;
  }

  std::span<const double> row(size_t index) const override { return {matrix_ + index * width_, width_}; }
  std::string text(double cell) const override {
    const uint64_t at = std::bit_cast<uint64_t>(cell) & ((uint64_t{1} << 50) - 1);
    uint32_t size = 0;
    if (!texts_.read(at, &size, sizeof size).ok()) return {};
    std::string text(size, '\0');
    return texts_.read(at + sizeof size, text.data(), size).ok() ? text : std::string();
  }
  uint64_t people() const override { return people_; }
  uint64_t duplicates() const override { return duplicates_; }

 private:
  Status spill() {
    for (Part& part : parts_) {
      if (part.words.empty()) continue;
      FURROW_ASSIGN(uint64_t at, spill_.append(part.words.data(), part.words.size() * sizeof(uint64_t)));
      part.spilled.push_back({at, part.words.size()});
      part.words.clear();
    }
    buffered_ = 0;
    return {};
  }

  Status load(Part& part) {
    size_t total = part.words.size();
    for (const auto& extent : part.spilled) total += extent.words;
    std::vector<uint64_t> all(total);
    size_t at = 0;
    for (const auto& extent : part.spilled) {
      FURROW_TRY(spill_.read(extent.at, all.data() + at, extent.words * sizeof(uint64_t)));
      at += extent.words;
    }
    std::copy(part.words.begin(), part.words.end(), all.begin() + static_cast<ptrdiff_t>(at));
    part.words = std::move(all);
    return {};
  }

  Status evaluate_part(size_t index) {
    Part& part = parts_[index];
    FURROW_TRY(load(part));
    std::vector<Packed> entries;
    for (size_t at = 0; at < part.words.size(); at += entries.back().length()) entries.push_back({part.words.data() + at});
    std::stable_sort(entries.begin(), entries.end(), [](const Packed& a, const Packed& b) {
      return std::tuple(a.person(), a.time(), a.position()) < std::tuple(b.person(), b.time(), b.position());
    });
    auto& rows = of_part_[index];
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
      return std::pair(observations_[a].profile, observations_[a].time) < std::pair(observations_[b].profile, observations_[b].time);
    });
    size_t entry = 0;
    std::string heap;
    for (size_t first = 0; first < rows.size();) {
      const ProfileId person = observations_[rows[first]].profile;
      size_t last = first;
      while (last < rows.size() && observations_[rows[last]].profile == person) ++last;
      const size_t begin = entry;
      while (entry < entries.size() && entries[entry].person() == person.value) ++entry;
      FURROW_TRY(evaluate_person(person, std::span(entries).subspan(begin, entry - begin), std::span(rows).subspan(first, last - first)));
      first = last;
    }
    part = {};
    rows = {};
    return {};
  }

  Status evaluate_person(ProfileId person, std::span<const Packed> entries, std::span<const uint32_t> rows) {
    Journal features, labels;
    JournalEntry entry;
    std::unordered_set<uint64_t> messages[2];
    for (const Packed& packed : entries) {
      if (packed.message() != 0 && !messages[packed.is_label()].insert(packed.message()).second) {
        duplicates_ += packed.is_label() ? 0 : 1;
        continue;
      }
      const FeatureProgram& program = packed.is_label() ? *labels_ : *features_;
      unpack(packed, program, entry);
      (packed.is_label() ? labels : features).append(program, entry, person);
    }
    if (features.size() > 0) ++people_;
    std::vector<std::string> texts(features_->size());
    AsOfReader reader(*features_, features);
    for (uint32_t row : rows) {
      std::span<double> out(matrix_ + row * width_, width_);
      reader.evaluate(observations_[row].time, out.first(features_->size()), texts);
      for (size_t f = 0; f < texts.size(); ++f) {
        if (texts[f].empty()) continue;
        FURROW_ASSIGN(uint64_t at, keep_text(texts[f]));
        out[f] = std::bit_cast<double>(text_cell(0) | at);
      }
      if (labels_) evaluate_labels(labels, observations_[row].time, out.subspan(features_->size()));
    }
    return {};
  }

  // As History does: a label within W is its feature as of just after time + W.
  void evaluate_labels(const Journal& journal, Time time, std::span<double> out) const {
    std::vector<double> all(labels_->size());
    for (size_t i = 0; i < out.size(); ++i) {
      const Time end = time + *labels_->definitions()[i].window;
      labels_->evaluate(journal, end + microseconds(1), all);
      const bool known = latest_.micros != INT64_MIN && end <= latest_;
      out[i] = !known ? kNoValue : all[i] > 0 ? 1 : 0;
    }
  }

  Result<uint64_t> keep_text(const std::string& text) {
    std::string bytes(sizeof(uint32_t), '\0');
    const uint32_t size = static_cast<uint32_t>(text.size());
    std::memcpy(bytes.data(), &size, sizeof size);
    bytes += text;
    return texts_.append(bytes.data(), bytes.size());
  }

  std::shared_ptr<const FeatureProgram> features_, labels_;
  std::vector<Observation> observations_;
  FeatureBatchOptions options_;
  std::vector<Part> parts_;
  std::vector<std::vector<uint32_t>> of_part_;
  size_t width_, buffered_ = 0;
  SpillFile spill_, matrix_file_, texts_;
  double* matrix_ = nullptr;
  Time latest_{INT64_MIN};
  JournalEntry entry_;
  std::atomic<uint64_t> people_{0}, duplicates_{0};
};

}  // namespace

Result<std::unique_ptr<FeatureBatch>> FeatureBatch::create(std::shared_ptr<const FeatureProgram> features, std::shared_ptr<const FeatureProgram> labels,
                                                           std::vector<Observation> observations, const FeatureBatchOptions& options) {
  auto batch = std::make_unique<Batch>(std::move(features), std::move(labels), std::move(observations), options);
  FURROW_TRY(batch->open());
  return std::unique_ptr<FeatureBatch>(std::move(batch));
}

}  // namespace furrow::profile
