{
  # The Node addon: lib-native/build/Release/ringwire.node. The library below binding/ is compiled in; without Node it is
  # built by the Makefile. A new platform is a folder of platform/, one of binding/ for its
  # loop, and a line in `os_folder`.
  'variables': {
    'os_folder%': '<(OS)',
    'conditions': [
      ['OS=="mac"', { 'os_folder': 'darwin' }],
      ['OS=="win"', { 'os_folder': 'windows' }],
    ],
    # 0: without buffers over memory that is not V8's, for a host that aborts instead of refusing them.
    'external_buffers%': 1,
    'node_addon_api%': '<!(node -p "path.resolve(require(\'node-addon-api\').include_dir)")',
  },
  'targets': [
    {
      'target_name': 'ringwire',
      'sources': [
        '<!@(node sources.cjs <(os_folder))',
      ],
      'include_dirs': ['.'],
      'defines': [
        'NAPI_VERSION=9',
        'NAPI_DISABLE_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        # Electron forbids buffers over memory that is not V8's: a use of them does not compile.
        'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
        '_FILE_OFFSET_BITS=64',
        # An environment that is being terminated can take no exception; without this the whole process would be aborted.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'conditions': [
        ['external_buffers==0', { 'defines': ['RINGWIRE_NO_EXTERNAL_BUFFERS'] }],
        ['OS!="win"', {
          # -isystem: warnings are errors for our code, not for the headers of others. Node's own folder is -I already, and
          # a -I that is repeated as -isystem becomes a system one.
          'cflags_cc': [
            '-std=c++20', '-O2', '-fvisibility=hidden',
            '-Wall', '-Wextra', '-Wpedantic', '-Werror',
            # With quotes: the shell splits a path with spaces.
            '-isystem', '\'<(node_addon_api)\'',
            '-isystem', '\'<(node_root_dir)/include/node\'',
          ],
          'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
          # A symbol that nothing defines is an error of dlopen, with its name, and not the end of the process at its first call.
          # Never unloaded, as Node does when the last thread with the addon ends: fork calls its handlers also after that.
          'ldflags': ['-Wl,-z,now', '-Wl,-z,nodelete'],
        }],
        ['OS=="mac"', {
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'OTHER_CPLUSPLUSFLAGS': ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-isystem', '<(node_addon_api)'],
          },
        }],
        ['OS=="win"', {
          'include_dirs': ['<(node_addon_api)'],
          'msvs_settings': { 'VCCLCompilerTool': { 'AdditionalOptions': ['/std:c++20', '/W4', '/WX'] } },
        }],
      ],
    },
  ],
}
