import { describeValue } from '../describe-value.js';

const nameAllowed = 'must be a letter and then at most 63 letters, digits and single underscores';

/** Keywords of C23 and C++23, alternative tokens of C++, and names that the generated header or common headers use. */
const reserved = new Set(
	`alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
	co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
	double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
	new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict
	return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
	typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
	errno i386 linux offsetof unix NULL
	int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t intmax_t uintmax_t size_t
	ptrdiff_t max_align_t nullptr_t`.split(/\s+/),
);
const macros =
	/^(RINGWIRE_.*|U?INT(_LEAST|_FAST)?\d+_(MIN|MAX|C|WIDTH)|U?INT(PTR|MAX)_(MIN|MAX|C|WIDTH)|(SIZE|PTRDIFF|SIG_ATOMIC|WCHAR|WINT)_(MIN|MAX|WIDTH))$/;

/** The entries of an object whose keys become names in C. `kind` is one of its entries, for errors. */
export function checkNames(option: string, object: unknown, kind: string): [string, unknown][] {
	if (typeof object !== 'object' || object === null || Array.isArray(object)) {
		throw new TypeError(`${option}: got ${describeValue(object)}, must be an object with one ${kind} a name`);
	}
	checkPrototype(option, object, kind);
	const keys = Reflect.ownKeys(object);
	if (keys.length === 0) throw new RangeError(`${option}: has no ${kind}, must have at least one`);
	return keys.map((key) => {
		checkName(`${option}: the name of a ${kind}`, key);
		return [String(key), Reflect.get(object, key)];
	});
}

/** `{ __proto__: u32 }` defines no field but replaces the prototype. */
function checkPrototype(option: string, object: object, kind: string): void {
	const prototype = Object.getPrototypeOf(object);
	if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
	throw new TypeError(`${option}: must be a plain object; __proto__ cannot be the name of a ${kind}`);
}

/** Checks a name that is used in C, C++, Python and JavaScript. */
export function checkName(option: string, name: unknown): void {
	if (typeof name !== 'string') throw new TypeError(`${option}: got ${describeValue(name)}, ${nameAllowed}`);
	if (!/^[A-Za-z](_?[A-Za-z0-9])*_?$/.test(name) || name.length > 64) {
		throw new RangeError(`${option}: got ${describeValue(name)}, ${nameAllowed}`);
	}
	checkNotReserved(option, name);
}

export function checkNotReserved(option: string, name: string): void {
	if (!reserved.has(name) && !macros.test(name)) return;
	throw new RangeError(`${option}: got '${name}', which is a keyword or a name of a standard header in C or C++`);
}
