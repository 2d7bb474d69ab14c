{
  # The addon of test/event-loop.test.ts: lib-native/test/binding/build/Release/event_loop_kit.node. Not in the folder of the other addon, from
  # which node-gyp-build loads the first file.
  'variables': {
    'node_addon_api%': '<!(node -p "path.resolve(require(\'node-addon-api\').include_dir)")',
  },
  'targets': [
    {
      'target_name': 'event_loop_kit',
      'sources': [
        '<!@(node -p "[\'../../core\', \'../../platform/<(OS)\', \'../../binding/<(OS)\', \'.\'].flatMap((folder) => fs.readdirSync(folder, { recursive: folder !== \'.\' }).filter((file) => file.endsWith(\'.cc\')).sort().map((file) => folder + \'/\' + file)).join(\' \')")',
      ],
      'includes': ['../../compile.gypi'],
    },
  ],
}
