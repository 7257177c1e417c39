#include "profile/profile_view.h"

#include <fmt/format.h>

#include "profile/profile_store.h"

namespace furrow::profile {
namespace {

constexpr uint8_t kViewForm = 3;
constexpr std::string_view kStateKey = "state";

struct StoredState {
  uint64_t program_hash = 0, profiles = 0;
};
std::optional<StoredState> decode_state(std::string_view bytes) {
  ByteReader in(bytes);
  StoredState state;
  bool known = in.u8() == kViewForm;
  state.program_hash = in.u64();
  state.profiles = in.u64();
  if (!known || !in.ok() || !in.at_end()) return {};
  return state;
}

uint64_t declared_hash(const FeatureProgram& program, const SourceTrust& trust) { return program.hash() ^ trust.hash(); }

class StoredProfileView : public ProfileView {
 public:
  StoredProfileView(std::shared_ptr<const FeatureProgram> program, SourceTrust trust, store::KvStore& kv, store::Space profiles, store::Space meta,
                    size_t cache_bytes, uint64_t size, bool needs_rebuild)
      : program_(std::move(program)), trust_(std::move(trust)), store_(kv, profiles, cache_bytes, size), meta_(meta), needs_rebuild_(needs_rebuild) {}

  std::string_view name() const override { return "profiles"; }
  bool needs_rebuild() const override { return needs_rebuild_; }
  const FeatureProgram& program() const override { return *program_; }
  uint64_t size() const override { return store_.size(); }
  uint64_t cached_bytes() const override { return store_.cached_bytes(); }
  uint64_t uncommitted_bytes() const override { return store_.uncommitted_bytes(); }

  Status apply(const Record& record) override {
    if (const auto* event = std::get_if<EventRecord>(&record.body)) {
      FURROW_TRY(store_.change(event->profile, false, [&](Profile& profile) {
        apply_event(*program_, event->event, record.position, event->brought_by(), profile, scratch_, trust_.of(event->event.source));
      }));
    } else if (const auto* merge = std::get_if<MergeRecord>(&record.body)) {
      FURROW_TRY(apply_merge(*merge));
    } else if (const auto* split = std::get_if<SplitRecord>(&record.body)) {
      FURROW_TRY(apply_split(*split));
    }
    store_.evict();
    return {};
  }

  std::unique_ptr<Gathering> freeze() override {
    store_.freeze();
    std::string state;
    ByteWriter out(state);
    out.u8(kViewForm);
    out.u64(declared_hash(*program_, trust_));
    out.u64(store_.size());
    needs_rebuild_ = false;
    return std::make_unique<Frozen>(*this, std::move(state));
  }

  Result<Digest> digest() override {
    Digest digest;
    FURROW_TRY(store_.for_each_encoded([&](ProfileId, std::string_view bytes) {
      digest.add(bytes);
      return true;
    }));
    return digest;
  }

  bool read(ProfileId id, const std::function<void(const Profile&)>& visit) const override { return store_.read(id, visit); }

  Status for_each(const std::function<bool(const Profile&)>& visit) const override {
    Status decoded;
    FURROW_TRY(store_.for_each_encoded([&](ProfileId, std::string_view bytes) {
      auto profile = decode_profile(bytes);
      if (!profile) {
        decoded = std::move(profile).error();
        return false;
      }
      return visit(*profile);
    }));
    return decoded;
  }

 private:
  class Frozen final : public Gathering {
   public:
    Frozen(StoredProfileView& view, std::string state) : view_(view), state_(std::move(state)) {}
    bool gather(store::Batch& batch, size_t entries) override {
      if (view_.store_.gather(batch, entries)) return true;
      batch.put(view_.meta_, std::string(kStateKey), std::move(state_));
      return false;
    }

   private:
    StoredProfileView& view_;
    std::string state_;
  };

  Status apply_merge(const MergeRecord& merge) {
    if (merge.from == merge.into) return {};
    FURROW_ASSIGN(auto from, store_.take(merge.from));
    if (!from) return {};
    FURROW_TRY(store_.change(merge.into, false, [&](Profile& into) { absorb(std::move(*from), into); }));
    return {};
  }

  Status apply_split(const SplitRecord& split) {
    if (split.merge.value == 0) return {};  // they were two before
    Profile gone;
    FURROW_ASSIGN(bool known, store_.change(split.stays, true, [&](Profile& both) { gone = take_out(both, split.leaves, split.leaving); }));
    if (!known || gone.events == 0) return {};
    FURROW_TRY(store_.change(split.leaves, false, [&](Profile& person) { person = std::move(gone); }));
    return {};
  }

  std::shared_ptr<const FeatureProgram> program_;
  SourceTrust trust_;
  ProfileStore store_;
  store::Space meta_;
  std::atomic<bool> needs_rebuild_;
  ApplyScratch scratch_;
};

}  // namespace

Result<std::unique_ptr<ProfileView>> ProfileView::open(std::shared_ptr<const FeatureProgram> program, store::KvStore& kv, size_t cache_bytes,
                                                       SourceTrust trust) {
  FURROW_ASSIGN(store::Space profiles, kv.space("profiles"));
  FURROW_ASSIGN(store::Space meta, kv.space("profile_state"));
  FURROW_ASSIGN(auto bytes, kv.get(meta, kStateKey));
  auto state = bytes ? decode_state(*bytes) : std::nullopt;
  bool usable = state && state->program_hash == declared_hash(*program, trust);
  if (!usable) {
    FURROW_TRY(kv.clear(meta));
    FURROW_TRY(kv.clear(profiles));
  }
  return std::unique_ptr<ProfileView>(std::make_unique<StoredProfileView>(std::move(program), std::move(trust), kv, profiles, meta, cache_bytes,
                                                                         usable ? state->profiles : 0, !usable));
}

}  // namespace furrow::profile
