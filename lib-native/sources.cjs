// The C++ files of the addon for one operating system, from this folder: `node sources.cjs linux`. binding.gyp and the prebuilt binaries use it.
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

function addonSources(os) {
	const filesOf = (folder, recursive) =>
		existsSync(join(__dirname, folder)) ? readdirSync(join(__dirname, folder), { recursive }) : [];
	const rooms = ['core', `platform/${os}`, 'channel', 'binding/buffers', `binding/${os}`];
	return [...rooms.map((folder) => [folder, true]), ['binding', false]]
		.flatMap(([folder, recursive]) => filesOf(folder, recursive).map((file) => `${folder}/${file}`))
		.filter((file) => file.endsWith('.cc'))
		.sort();
}

module.exports = { addonSources };
if (require.main === module) console.log(addonSources(process.argv[2]).join(' '));
