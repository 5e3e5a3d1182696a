package org.moraine.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private static final Pattern KEY = Pattern.compile("(?m)^\\| `(moraine\\.[a-z0-9.-]+)` \\|");

    @Test
    void theReadmeListsEveryConfigurationKeyAndNoOther() throws Exception {
        Set<String> listed = new TreeSet<>();
        Matcher rows = KEY.matcher(Files.readString(Path.of("README.md")));
        while (rows.find()) {
            listed.add(rows.group(1));
        }

        Set<String> read = new TreeSet<>();
        for (Class<?> mapping : mappings()) {
            ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(mapping))
                    .keySet()
                    .forEach(read::add);
        }
        assertThat(read).isNotEmpty();
        assertThat(listed).isEqualTo(read);
    }

    private static List<Class<?>> mappings() throws IOException, ClassNotFoundException {
        Path classes = Path.of("target/classes");
        List<Class<?>> mappings = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().endsWith("Config.class"))
                    .toList()) {
                String name =
                        classes.relativize(file).toString().replace('/', '.').replaceFirst("\\.class$", "");
                Class<?> type = Class.forName(name);
                if (type.isAnnotationPresent(ConfigMapping.class)) {
                    mappings.add(type);
                }
            }
        }
        return mappings;
    }
}
