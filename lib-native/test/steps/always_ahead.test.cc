// A writer that laps its reader again at every step of a search, which no thread could do.
#include <cstring>

#include "core/step.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

// Publishes one more message without content each time that the reader has skipped.
class AlwaysAhead {
public:
	explicit AlwaysAhead(FakeWriter& hostile) {
		for (uint32_t i = 0; i < hostile.geometry.depth; ++i) {
			hostile.descriptor(i).stamp = kStampBusy;
		}
		control = &hostile.control();
		control->published = hostile.geometry.depth + 1;
		Step::on_reached = [](const Step& step) {
			if (std::strncmp(step.name, "skip: continues", 15) == 0) {
				control->published += 1;
			}
		};
	}
	AlwaysAhead(const AlwaysAhead&) = delete;
	AlwaysAhead& operator=(const AlwaysAhead&) = delete;
	~AlwaysAhead() { Step::on_reached = nullptr; }

private:
	static inline LaneControl* control = nullptr;
};

} // namespace

LAW("a writer that laps its reader at every look starves no other writer, in either read order") {
	for (const Overflow overflow : {Overflow::kDropOldest, Overflow::kLatest}) {
		for (const bool by_time : {false, true}) {
			Company company(overflow);
			ReaderOptions options;
			options.order_by_time = by_time;
			TestReader& reader = company.reader(options);
			TestWriter& before = company.writer();
			company.settle();
			FakeWriter hostile(company);
			TestWriter& behind = company.writer();
			company.settle();
			const AlwaysAhead ahead(hostile);
			for (int i = 0; i < 20; ++i) {
				CHECK(before.write("before") == WriterEndpoint::Written::kAccepted);
				CHECK(behind.write("behind") == WriterEndpoint::Written::kAccepted);
				Texts texts = reader.read();
				for (const std::string& text : reader.read()) {
					texts.push_back(text);
				}
				std::sort(texts.begin(), texts.end());
				CHECK(texts == Texts({"before", "behind"}));
			}
			CHECK(reader.log.count(Event::Type::kDisconnect) == 0);
		}
	}
}
