#include "channel/writer/pool_loans.h"

#include <algorithm>
#include <cassert>

namespace ringwire {

PoolLoans::Written PoolLoans::open(WriterEndpoint& writer, uint64_t length, uint32_t& loan) {
	assert(writer.pool() == pool_.get());
	const Written kept = writer.keep_descriptor();
	if (kept != Written::kAccepted) {
		return kept;
	}
	const std::optional<uint32_t> chunk = pool_->chunks().allocate(length);
	if (!chunk) {
		writer.give_back_descriptor();
		return Written::kFull;
	}
	do {
		last_ += 1;
	} while (last_ == 0 || loans_.contains(last_));
	loan = last_;
	loans_.emplace(loan, Loan{*chunk, length, {&writer}});
	return Written::kAccepted;
}

bool PoolLoans::is_of(uint32_t loan, const WriterEndpoint& writer) const {
	const auto found = loans_.find(loan);
	return found != loans_.end() && !found->second.writers.empty() && found->second.writers.front() == &writer;
}

std::byte* PoolLoans::memory(uint32_t loan) const {
	return pool_->chunks().memory(loans_.at(loan).chunk);
}

PoolLoans::Written PoolLoans::share(uint32_t loan, WriterEndpoint& writer) {
	assert(writer.pool() == pool_.get());
	const auto found = loans_.find(loan);
	if (found == loans_.end() || found->second.writers.empty()) {
		return Written::kClosed;
	}
	std::vector<WriterEndpoint*>& writers = found->second.writers;
	if (std::find(writers.begin(), writers.end(), &writer) != writers.end()) {
		return Written::kAccepted;
	}
	const Written kept = writer.keep_descriptor();
	if (kept == Written::kAccepted) {
		writers.push_back(&writer);
	}
	return kept;
}

PoolLoans::Written PoolLoans::commit(uint32_t loan, uint64_t length) {
	const Loan over = std::move(loans_.extract(loan).mapped());
	assert(!over.writers.empty() && length <= over.length);
	pool_->shrink(over.chunk, length);
	const Written written = over.writers.front()->put_from_pool(over.chunk, length);
	for (size_t i = 1; i < over.writers.size(); ++i) {
		if (written == Written::kAccepted) {
			(void)over.writers[i]->put_from_pool(over.chunk, length);
		} else {
			over.writers[i]->give_back_descriptor();
		}
	}
	pool_->release(over.chunk);
	return written;
}

void PoolLoans::abort(uint32_t loan) {
	withdraw(loan);
	const uint32_t chunk = loans_.at(loan).chunk;
	loans_.erase(loan);
	pool_->release(chunk);
}

void PoolLoans::withdraw(uint32_t loan) {
	for (WriterEndpoint* writer : std::exchange(loans_.at(loan).writers, {})) {
		writer->give_back_descriptor();
	}
}

std::vector<uint32_t> PoolLoans::loans_of(const WriterEndpoint& writer) const {
	std::vector<uint32_t> found;
	for (const auto& [number, loan] : loans_) {
		if (!loan.writers.empty() && loan.writers.front() == &writer) {
			found.push_back(number);
		}
	}
	return found;
}

void PoolLoans::stop_sharing(WriterEndpoint& writer) {
	for (auto& [number, loan] : loans_) {
		const auto found = std::find(loan.writers.begin(), loan.writers.end(), &writer);
		if (found != loan.writers.end()) {
			loan.writers.erase(found);
			writer.give_back_descriptor();
		}
	}
}

} // namespace ringwire
