// Only the rules that need types; everything else is Biome's.
import tseslint from 'typescript-eslint';

export default [
	{ ignores: ['dist/', 'cjs/', 'static/', 'build/', 'docs/', 'lib-native/', 'scripts/', '*.mjs'] },
	{
		files: ['**/*.ts'],
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
		},
		plugins: { '@typescript-eslint': tseslint.plugin },
		rules: {
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
		},
	},
	{
		// Casts live at the boundary to the native addon and nowhere else.
		files: ['src/**/*.ts'],
		ignores: ['src/native/**'],
		rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }] },
	},
];
