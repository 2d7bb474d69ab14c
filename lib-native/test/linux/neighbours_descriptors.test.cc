// The endpoints of one thread, without descriptors.
#include "channel/endpoint/neighbours.h"
#include "test/company.h"
#include "test/linux/descriptor_limit.h"

using namespace ringwire;

LAW("neighbours that could not be watched for lack of descriptors are watched as soon as there are some") {
	Neighbours neighbours;
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	neighbours.add(writer.endpoint);
	neighbours.add(reader.endpoint);
	{
		const DescriptorLimit limit(0);
		CHECK(!neighbours.wait(reader.endpoint, 0));
	}
	CHECK(neighbours.wait(reader.endpoint, 0));
	TestReader& late = company.reader();
	neighbours.add(late.endpoint);
	CHECK(neighbours.wait(reader.endpoint, 0));
}
