#include "binding/writer_handle.h"

#include "binding/encode.h"

namespace ringwire {

Napi::Value WriterHandle::open(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const auto options = info[1].As<Napi::Object>();
	auto writer =
		std::make_unique<WriterEndpoint>(decode_contract(info[0].As<Napi::Object>()), decode_geometry(options));
	std::shared_ptr<Pool> pool;
	Status status;
	const Napi::Value pool_object = options.Get("pool");
	if (pool_object.IsObject()) {
		pool = Pool::of(env, pool_object);
		if (pool == nullptr) {
			return env.Undefined();
		}
		status = writer->use_pool(pool->shared());
	}
	if (status.ok()) {
		status = writer->open();
	}
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	WriterHandle* handle = make(env, std::move(writer), info[2].As<Napi::Function>(), std::move(pool));
	return handle != nullptr ? handle->object(env) : env.Undefined();
}

WriterHandle* WriterHandle::make(Napi::Env env, std::unique_ptr<WriterEndpoint> writer, const Napi::Function& on_wake,
                                 std::shared_ptr<Pool> pool) {
	auto* handle = new WriterHandle(std::move(writer), std::move(pool));
	if (!handle->start(env, on_wake)) {
		delete handle;
		return nullptr;
	}
	return handle;
}

Napi::Object WriterHandle::object(Napi::Env env) {
	Napi::Object object = Napi::Object::New(env);
	add_common(env, object);
	add<WriterHandle, &WriterHandle::try_write>(env, object, "tryWrite");
	add<WriterHandle, &WriterHandle::try_write_parts>(env, object, "tryWriteParts");
	add<WriterHandle, &WriterHandle::set_staging>(env, object, "setStaging");
	add<WriterHandle, &WriterHandle::try_write_staged>(env, object, "tryWriteStaged");
	add<WriterHandle, &WriterHandle::try_write_batch>(env, object, "tryWriteBatch");
	add<WriterHandle, &WriterHandle::try_loan>(env, object, "tryLoan");
	add<WriterHandle, &WriterHandle::commit_loan>(env, object, "commitLoan");
	add<WriterHandle, &WriterHandle::abort_loan>(env, object, "abortLoan");
	add<WriterHandle, &WriterHandle::try_pool_loan>(env, object, "tryPoolLoan");
	add<WriterHandle, &WriterHandle::last_pool_loan>(env, object, "lastPoolLoan");
	add<WriterHandle, &WriterHandle::share_pool_loan>(env, object, "sharePoolLoan");
	add<WriterHandle, &WriterHandle::commit_pool_loan>(env, object, "commitPoolLoan");
	add<WriterHandle, &WriterHandle::abort_pool_loan>(env, object, "abortPoolLoan");
	add<WriterHandle, &WriterHandle::want_pool_loan>(env, object, "wantPoolLoan");
	add<WriterHandle, &WriterHandle::shortage>(env, object, "shortage");
	add<WriterHandle, &WriterHandle::free>(env, object, "free");
	add<WriterHandle, &WriterHandle::want_space>(env, object, "wantSpace");
	add<WriterHandle, &WriterHandle::cancel_space>(env, object, "cancelSpace");
	add<WriterHandle, &WriterHandle::want_drained>(env, object, "wantAllRead");
	add<WriterHandle, &WriterHandle::cancel_drained>(env, object, "cancelAllRead");
	add<WriterHandle, &WriterHandle::wait_space_sync>(env, object, "waitSpaceSync");
	add<WriterHandle, &WriterHandle::unread>(env, object, "unread");
	add<WriterHandle, &WriterHandle::readers>(env, object, "readers");
	add<WriterHandle, &WriterHandle::holders>(env, object, "holders");
	add<WriterHandle, &WriterHandle::end>(env, object, "end");
	return object;
}

void WriterHandle::forget_endpoint() {
	end_loans();
	last_counts_ = writer_->counts();
	last_unread_ = writer_->unread();
	writer_.reset();
	pool_.reset();
}

void WriterHandle::fill_stats(Napi::Object& stats) {
	const WriterCounts& counts = writer_ ? writer_->counts() : last_counts_;
	stats.Set("messages", encode_count(stats.Env(), counts.messages));
	stats.Set("bytes", encode_count(stats.Env(), counts.bytes));
	stats.Set("dropped", encode_count(stats.Env(), counts.dropped));
}

int32_t encode_written(WriterEndpoint::Written written) {
	switch (written) {
	case WriterEndpoint::Written::kFull:
		return 0;
	case WriterEndpoint::Written::kAccepted:
		return 1;
	case WriterEndpoint::Written::kDropped:
		return 2;
	case WriterEndpoint::Written::kClosed:
		return -1;
	case WriterEndpoint::Written::kShutDown:
		return -3;
	case WriterEndpoint::Written::kNoMemory:
		return -4;
	case WriterEndpoint::Written::kBusy:
		return -5;
	case WriterEndpoint::Written::kTooLarge:
		break;
	}
	return -2;
}

napi_value WriterHandle::try_write(Call& call) {
	WriterEndpoint::Written written = WriterEndpoint::Written::kClosed;
	if (writer_) {
		const Bytes message = bytes_of(call.env, call.arguments[0]);
		written = writer_->try_write(message.data, message.length);
	}
	return integer(call.env, encode_written(written));
}

napi_value WriterHandle::try_write_parts(Call& call) {
	WriterEndpoint::Written written = WriterEndpoint::Written::kClosed;
	if (writer_) {
		const Bytes head = bytes_of(call.env, call.arguments[0]);
		const Bytes body = bytes_of(call.env, call.arguments[1]);
		written = writer_->try_write({head.data, head.length, body.data, body.length});
	}
	return integer(call.env, encode_written(written));
}

napi_value WriterHandle::set_staging(Call& call) {
	staging_ = bytes_of(call.env, call.arguments[0]);
	return nullptr;
}

napi_value WriterHandle::try_write_staged(Call& call) {
	WriterEndpoint::Written written = WriterEndpoint::Written::kClosed;
	const auto length = static_cast<size_t>(number_of(call.env, call.arguments[0]));
	if (writer_ && length <= staging_.length) {
		written = writer_->try_write(staging_.data, length);
	}
	return integer(call.env, encode_written(written));
}

napi_value WriterHandle::try_write_batch(Call& call) {
	if (!writer_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	const Bytes slab = bytes_of(call.env, call.arguments[0]);
	const Bytes ends = bytes_of(call.env, call.arguments[1]);
	const auto* end = reinterpret_cast<const uint32_t*>(ends.data);
	const auto wanted = static_cast<size_t>(number_of(call.env, call.arguments[2]));
	// The write reads inside of the given buffer only, also if the arguments are invalid.
	uint32_t count = 0;
	for (uint32_t last = 0; count < wanted && count < ends.length && end[count] >= last && end[count] <= slab.length;
	     ++count) {
		last = end[count];
	}
	const WriterEndpoint::BatchWritten written = writer_->try_write_batch(slab.data, end, count);
	const bool accepts = written.written == WriterEndpoint::Written::kAccepted;
	return integer(call.env, accepts ? static_cast<int32_t>(written.accepted) : encode_written(written.written));
}

napi_value WriterHandle::shortage(Call& call) {
	return encode_failure(call.env, writer_ ? writer_->shortage() : Status());
}

napi_value WriterHandle::free(Call& call) {
	return number(call.env, writer_ ? static_cast<double>(writer_->room()) : 0);
}

napi_value WriterHandle::want_space(Call& call) {
	return boolean(call.env,
	               !writer_ || writer_->want_space(static_cast<uint64_t>(number_of(call.env, call.arguments[0]))));
}

napi_value WriterHandle::cancel_space(Call&) {
	if (writer_) {
		writer_->cancel_space();
		if (pool_) {
			writer_->cancel_room();
		}
	}
	return nullptr;
}

napi_value WriterHandle::want_drained(Call& call) {
	return boolean(call.env, !writer_ || writer_->want_drained());
}

napi_value WriterHandle::cancel_drained(Call&) {
	if (writer_) {
		writer_->cancel_drained();
	}
	return nullptr;
}

napi_value WriterHandle::wait_space_sync(Call& call) {
	if (!writer_) {
		return boolean(call.env, true);
	}
	const SuspendedLoop suspended = suspend_loop();
	return boolean(call.env, writer_->wait_space(static_cast<uint64_t>(number_of(call.env, call.arguments[0])),
	                                             deadline_after(number_of(call.env, call.arguments[1]))));
}

napi_value WriterHandle::unread(Call& call) {
	return number(call.env, static_cast<double>(writer_ ? writer_->unread() : last_unread_));
}

napi_value WriterHandle::readers(Call& call) {
	return number(call.env, static_cast<double>(writer_ ? writer_->open_links() : 0));
}

napi_value WriterHandle::holders(Call& call) {
	return number(call.env, static_cast<double>(writer_ ? writer_->holders() : 0));
}

napi_value WriterHandle::end(Call&) {
	if (writer_) {
		end_loans();
		writer_->end();
	}
	return nullptr;
}

} // namespace ringwire
