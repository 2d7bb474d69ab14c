{
  # The addon of test/event-loop.test.ts: lib-native/test/binding/build/Release/event_loop_kit.node. Not in the folder of the other addon, from
  # which node-gyp-build loads the first file.
  'targets': [
    {
      'target_name': 'event_loop_kit',
      'sources': [
        '<!@(node -p "[\'../../core\', \'../../platform/<(OS)\', \'../../binding/<(OS)\', \'.\'].flatMap((folder) => fs.readdirSync(folder, { recursive: folder !== \'.\' }).filter((file) => file.endsWith(\'.cc\')).sort().map((file) => folder + \'/\' + file)).join(\' \')")',
      ],
      'include_dirs': ['../..'],
      'defines': [
        'NAPI_VERSION=9',
        'NAPI_DISABLE_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      # As in the binding.gyp of the addon.
      'cflags_cc': [
        '-std=c++20', '-O1', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
        '-isystem', '<!(node -p "path.resolve(require(\'node-addon-api\').include_dir)")',
        '-isystem', '<(node_root_dir)/include/node',
      ],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    },
  ],
}
