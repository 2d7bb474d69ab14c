// The open loans of a pool: chunks that are filled before they are published, in any order, on the lane of one writer or of several.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel/writer/writer_endpoint.h"

namespace ringwire {

class PoolLoans {
public:
	using Written = WriterEndpoint::Written;

	explicit PoolLoans(std::shared_ptr<SharedPool> pool) : pool_(std::move(pool)) {}
	PoolLoans(const PoolLoans&) = delete;
	PoolLoans& operator=(const PoolLoans&) = delete;

	// Room for one message of up to `length` bytes, at most message_max of the pool, until `commit` or `abort`, which never lack room. kFull: there
	// is none now, under every policy. `loan` is its number, never 0.
	[[nodiscard]] Written open(WriterEndpoint& writer, uint64_t length, uint32_t& loan);
	// The loan is open, and was opened by this writer.
	[[nodiscard]] bool is_of(uint32_t loan, const WriterEndpoint& writer) const;
	[[nodiscard]] std::byte* memory(uint32_t loan) const;
	[[nodiscard]] uint64_t length(uint32_t loan) const { return loans_.at(loan).length; }
	// The commit publishes on the lane of this writer of the pool as well. Does nothing if it does so already. kFull: it has no room for one more
	// message now, under every policy.
	[[nodiscard]] Written share(uint32_t loan, WriterEndpoint& writer);
	// Publishes the first `length` bytes on every writer of the loan that is not closed, or on none if the one that opened the loan is: that result
	// counts. The loan is over.
	[[nodiscard]] Written commit(uint32_t loan, uint64_t length);
	// The loan is over, and nothing is published.
	void abort(uint32_t loan);
	// Nothing can be published any more. The chunk is kept until `abort`, because other code can still store into it.
	void withdraw(uint32_t loan);

	// The loans that this writer has opened.
	[[nodiscard]] std::vector<uint32_t> loans_of(const WriterEndpoint& writer) const;
	// No loan is published on the lane of this writer any more.
	void stop_sharing(WriterEndpoint& writer);
	// Withdrawn ones included.
	[[nodiscard]] size_t count() const { return loans_.size(); }

private:
	struct Loan {
		uint32_t chunk;
		uint64_t length;
		std::vector<WriterEndpoint*> writers; // the first one has opened it; none: it is withdrawn
	};

	std::shared_ptr<SharedPool> pool_;
	std::unordered_map<uint32_t, Loan> loans_;
	uint32_t last_ = 0;
};

} // namespace ringwire
