// A temporary folder that is removed with its contents.
#pragma once

#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

namespace ringwire {

class ScratchFolder {
public:
	ScratchFolder() {
		const std::string name = "ringwire-law-" + std::to_string(std::random_device()());
		path_ = (std::filesystem::temp_directory_path() / name).string();
		std::error_code error;
		if (std::filesystem::create_directory(path_, error)) {
			std::filesystem::permissions(path_, std::filesystem::perms::owner_all, error);
		} else {
			path_.clear();
		}
	}
	// No folder, for a process that is going to be killed.
	explicit ScratchFolder(std::nullptr_t) {}
	ScratchFolder(const ScratchFolder&) = delete;
	ScratchFolder& operator=(const ScratchFolder&) = delete;
	~ScratchFolder() {
		std::error_code ignored;
		std::filesystem::remove_all(path_, ignored);
	}
	[[nodiscard]] const std::string& path() const { return path_; }
	[[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
	[[nodiscard]] bool empty() const { return std::filesystem::is_empty(path_); }

private:
	std::string path_;
};

// Open descriptors of this process.
inline size_t descriptor_count() {
	size_t count = 0;
	for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
		count += 1;
	}
	return count;
}

} // namespace ringwire
