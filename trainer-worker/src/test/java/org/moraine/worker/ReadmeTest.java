package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappingInterface.Property;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9.]+)` \\| `([A-Z0-9_]+)` \\| ([^|]*) \\|");
    private static final String MUST_BE_SET = "none, must be set";
    private static final Path CLASSES = Path.of("target", "classes");

    @Test
    void theReadmeNamesEveryKeyWithItsDefault() throws Exception {
        Map<String, String> told = new TreeMap<>();
        List<MatchResult> rows =
                ROW.matcher(Files.readString(Path.of("README.md"))).results().toList();
        for (MatchResult row : rows) {
            assertThat(row.group(2))
                    .isEqualTo(row.group(1).toUpperCase(Locale.ROOT).replace('.', '_'));
            String cell = row.group(3);
            told.put(row.group(1), cell.equals(MUST_BE_SET) || cell.startsWith("`") ? cell : "not needed");
        }

        Map<String, String> keys = keys();

        assertThat(told).isEqualTo(keys).containsKey("moraine.jobs.url");
    }

    private static Map<String, String> keys() throws IOException, ClassNotFoundException {
        Map<String, String> keys = new TreeMap<>();
        for (Class<?> type : classes()) {
            if (type.isAnnotationPresent(ConfigMapping.class)) {
                ConfigMappings.getProperties(ConfigClass.configClass(type)).forEach((key, property) -> {
                    if (!key.endsWith("[*]")) { // another spelling of the list whose key stands beside it
                        keys.put(key, defaultOf(property));
                    }
                });
            }
        }
        return keys;
    }

    private static String defaultOf(Property property) {
        if (property.hasDefaultValue()) {
            return "`" + property.getDefaultValue() + "`";
        }
        return property.isOptional() ? "not needed" : MUST_BE_SET;
    }

    private static List<Class<?>> classes() throws IOException, ClassNotFoundException {
        List<Path> files;
        try (Stream<Path> below = Files.walk(CLASSES)) {
            files = below.filter(file -> file.toString().endsWith("Config.class"))
                    .toList();
        }
        List<Class<?>> classes = new ArrayList<>();
        for (Path file : files) {
            String path = CLASSES.relativize(file).toString();
            classes.add(Class.forName(
                    path.substring(0, path.length() - ".class".length()).replace('/', '.')));
        }
        return classes;
    }
}
