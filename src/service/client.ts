import { checkOptions } from '../base/check.js';
import { connectTo } from '../connection/connect.js';
import { checkFrameMax, checkInFlight, checkService, duplexOfService, type Service } from '../definition/service.js';
import { RequestClient } from './request-client.js';
import { type ServiceClient, type ServiceClientOptions, serviceClientKeys } from './types.js';

/** Connects to the server of the service. Waits for a server and rejects as `connect` does. */
export async function connectService<Request, Response>(
	service: Service<Request, never, unknown, Response>,
	options?: ServiceClientOptions,
): Promise<ServiceClient<Request, Response>> {
	const checked = checkService(service);
	const { inFlightMax, messageMax, ...connectOptions } = checkOptions('options', options, serviceClientKeys);
	const limit = checkInFlight(inFlightMax);
	const frameOptions = { ...connectOptions, messageMax: checkFrameMax(messageMax) };
	return new RequestClient(checked, await connectTo(duplexOfService(checked), frameOptions), limit);
}
