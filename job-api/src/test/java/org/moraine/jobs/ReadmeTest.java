package org.moraine.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(moraine\\.[a-z.-]+)` \\| (?:`([A-Z0-9_]+)`)? ?\\| (?:`([^`]+)`|[^|]*) \\|");

    @Test
    void theReadmeListsEveryConfigurationKeyAndNoOther() throws Exception {
        Set<String> keys = new TreeSet<>();
        for (Class<?> mapping : mappings()) {
            for (Method method : mapping.getMethods()) {
                keys.add(key(mapping, method));
            }
        }

        assertThat(rows().keySet()).isEqualTo(keys);
    }

    @Test
    void theReadmesDefaultsAreTheConfigurations() throws Exception {
        Map<String, MatchResult> rows = rows();
        for (Class<?> mapping : mappings()) {
            for (Method method : mapping.getMethods()) {
                WithDefault byDefault = method.getAnnotation(WithDefault.class);
                if (byDefault != null) {
                    assertThat(Objects.requireNonNull(rows.get(key(mapping, method)))
                                    .group(3))
                            .as(key(mapping, method))
                            .isEqualTo(byDefault.value());
                }
            }
        }
    }

    @Test
    void theReadmesVariablesAreThoseTheServiceReads() throws Exception {
        String properties = Files.readString(Path.of("src/main/resources/application.properties"));
        Map<String, String> read = Pattern.compile("(?m)^(moraine\\.[a-z.-]+)=\\$\\{([A-Z0-9_]+)")
                .matcher(properties)
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));

        Map<String, String> told = rows().values().stream()
                .filter(row -> row.group(2) != null)
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
        assertThat(told).isEqualTo(read);
    }

    private static Map<String, MatchResult> rows() throws IOException {
        Map<String, MatchResult> rows = new TreeMap<>();
        ROW.matcher(Files.readString(Path.of("README.md"))).results().forEach(row -> rows.put(row.group(1), row));
        return rows;
    }

    private static String key(Class<?> mapping, Method method) {
        return mapping.getAnnotation(ConfigMapping.class).prefix() + "."
                + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** Every configuration interface among this module's classes. */
    private static Set<Class<?>> mappings() throws IOException, URISyntaxException {
        Path classes = Path.of(
                Job.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            return files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.startsWith("org/moraine/") && name.endsWith("Config.class"))
                    .map(name -> name.replace('/', '.').replace(".class", ""))
                    .map(ReadmeTest::load)
                    .filter(found -> found.isAnnotationPresent(ConfigMapping.class))
                    .collect(Collectors.toSet());
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
