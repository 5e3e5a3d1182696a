package org.moraine.engine.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Jinjava, set up to render chat templates as transformers does. */
final class JinjaDialect {

    private static final long MOST_CHARACTERS = 64 << 20;

    private JinjaDialect() {}

    static Jinjava jinjava() {
        Jinjava jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(MOST_CHARACTERS)
                .withEnableRecursiveMacroCalls(true)
                .withMaxMacroRecursionDepth(64)
                .withElResolver(PythonMethods.resolver())
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withUseSnakeCasePropertyNaming(false)
                        .withKeepNullableLoopValues(true)
                        .withAllowAdjacentTextNodes(true)
                        .build())
                .build());
        jinjava.setResourceLocator((name, encoding, interpreter) -> {
            throw new ResourceNotFoundException("a chat template is one file");
        });
        jinjava.registerFunction(function("raise_exception", "raise", Object.class));
        jinjava.registerFunction(function("strftime_now", "now", String.class));
        jinjava.registerFunction(function("printed", "printed", Object.class));
        jinjava.registerFilter(new ToJson());
        jinjava.registerFilter(filter("string", PythonText::str));
        jinjava.registerFilter(filter("backwards", JinjaDialect::backwards));
        jinjava.registerFilter(filter("items", JinjaDialect::items));
        jinjava.registerExpTest(test("mapping", value -> value instanceof Map));
        jinjava.registerExpTest(test("iterable", JinjaDialect::isIterable));
        jinjava.registerExpTest(test("sequence", JinjaDialect::isIterable));
        return jinjava;
    }

    private static boolean isIterable(@Nullable Object value) {
        return value instanceof Iterable || value instanceof Map || value instanceof CharSequence;
    }

    private static Object backwards(@Nullable Object value) {
        if (value instanceof CharSequence text) {
            return new StringBuilder(text).reverse().toString();
        }
        List<@Nullable Object> list = new ArrayList<>();
        if (value instanceof Iterable<?> items) {
            items.forEach(list::add);
        }
        Collections.reverse(list);
        return list;
    }

    private static Object items(@Nullable Object value) {
        List<Object> items = new ArrayList<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> items.add(Arrays.asList(key, one)));
        }
        return items;
    }

    private static Filter filter(String name, Function<@Nullable Object, Object> function) {
        return new Filter() {
            @Override
            public String getName() {
                return name;
            }

            @Override
            public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
                return function.apply(value);
            }
        };
    }

    /** Jinjava skips a filter that it does not know; this one refuses. */
    static Filter unknownFilter(String name) {
        return filter(name, value -> {
            throw new Raised("the filter " + name + " is not known");
        });
    }

    private static ExpTest test(String name, Predicate<@Nullable Object> predicate) {
        return new ExpTest() {
            @Override
            public String getName() {
                return name;
            }

            @Override
            public boolean evaluate(@Nullable Object value, JinjavaInterpreter interpreter, Object... arguments) {
                return predicate.test(value);
            }
        };
    }

    private static ELFunctionDefinition function(String name, String method, Class<?>... parameters) {
        return new ELFunctionDefinition("", name, JinjaDialect.class, method, parameters);
    }

    /** A template's own refusal. */
    static final class Raised extends RuntimeException {

        private static final long serialVersionUID = 1;

        Raised(String message) {
            super(message);
        }
    }

    public static Object raise(Object message) {
        throw new Raised(String.valueOf(message));
    }

    public static String now(String format) {
        return Strftime.format(format, LocalDateTime.now());
    }

    public static String printed(@Nullable Object value) {
        return PythonText.str(value);
    }

    /** The filter {@code tojson} as transformers has it: nothing escaped, and indented where it is asked to be. */
    private static final class ToJson implements AdvancedFilter {

        @Override
        public String getName() {
            return "tojson";
        }

        @Override
        public Object filter(
                @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
            Object indent = named.getOrDefault("indent", arguments.length > 1 ? arguments[1] : null);
            String json = PythonText.json(value, indent instanceof Number number ? number.intValue() : -1);
            return Boolean.TRUE.equals(named.get("ensure_ascii")) ? PythonText.ascii(json) : json;
        }
    }
}
