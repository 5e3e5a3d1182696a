package org.moraine.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void theReadmeListsEveryConfigurationKeyAndItsVariable() throws Exception {
        String prefix = AccessConfig.class.getAnnotation(ConfigMapping.class).prefix();

        Map<String, String> rows = pairs("README.md", "(?m)^\\| `(moraine\\.[a-z.-]+)` \\| `([A-Z_]+)` \\|");

        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(AccessConfig.class.getMethods())
                        .map(Method::getName)
                        .map(name ->
                                prefix + "." + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
                        .toList());
        assertThat(rows)
                .isEqualTo(pairs(
                        "src/main/resources/META-INF/microprofile-config.properties",
                        "(?m)^(moraine\\.[a-z.-]+)=\\$\\{([A-Z_]+)"));
    }

    private static Map<String, String> pairs(String file, String pattern) throws Exception {
        return Pattern.compile(pattern)
                .matcher(Files.readString(Path.of(file)))
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
    }
}
