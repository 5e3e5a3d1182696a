package org.moraine.deployment;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.moraine.stack.Checkout;

/**
 * The environment variables that a service reads, found in its properties, its config interfaces and those of the modules
 * that bring their own.
 *
 * @param read all of them
 * @param required those without which it does not start
 */
record ServiceSettings(Set<String> read, Set<String> required) {

    /** Each service with the modules that it is configured by. */
    static final Map<String, List<String>> SERVICES = Map.of(
            "job-api", List.of("job-api", "access"),
            "registry-service", List.of("registry-service", "access"),
            "trainer-worker", List.of("trainer-worker"));

    private static final Map<String, ServiceSettings> KNOWN = new ConcurrentHashMap<>();

    /** Read by Quarkus, the JVM, DJL and libtorch themselves. */
    private static final Set<String> BY_OTHERS = Set.of(
            "QUARKUS_HTTP_HOST",
            "QUARKUS_HTTP_PORT",
            "JAVA_TOOL_OPTIONS",
            "DJL_CACHE_DIR",
            "DJL_OFFLINE",
            "OMP_NUM_THREADS",
            "PYTORCH_FLAVOR",
            "PYTORCH_LIBRARY_PATH");

    private static final List<String> PROPERTIES =
            List.of("application.properties", "META-INF/microprofile-config.properties");

    /** {@code ${NAME}}, which must be set, or the start of {@code ${NAME:what holds else}}. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)([:}])");

    /** Those of a service, as it is in the tree and built. */
    static ServiceSettings of(String service) {
        return KNOWN.computeIfAbsent(service, ServiceSettings::find);
    }

    private static ServiceSettings find(String service) {
        Properties properties = new Properties();
        Set<String> read = new HashSet<>(BY_OTHERS);
        Set<String> required = new HashSet<>();
        List<String> modules = Optional.ofNullable(SERVICES.get(service)).orElseThrow();
        for (String module : modules) load(Checkout.root().resolve(module).resolve("src/main/resources"), properties);
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith("%")) continue;
            Matcher variable = VARIABLE.matcher(properties.getProperty(key));
            while (variable.find()) {
                read.add(variable.group(1));
                if (variable.group(2).equals("}")) required.add(variable.group(1));
            }
        }
        for (String module : modules) {
            Path classes = Checkout.root().resolve(module).resolve("target/classes");
            for (JavaClass config : new ClassFileImporter().importPath(classes)) {
                mappingPrefix(config).ifPresent(prefix -> {
                    for (JavaMethod setting : config.getMethods()) {
                        String key = prefix + "." + name(setting);
                        String variable = key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
                        read.add(variable);
                        if (isRequired(setting) && !properties.containsKey(key)) required.add(variable);
                    }
                });
            }
        }
        return new ServiceSettings(read, required);
    }

    private static void load(Path resources, Properties into) {
        for (String file : PROPERTIES) {
            if (!Files.exists(resources.resolve(file))) continue;
            try (Reader reader = Files.newBufferedReader(resources.resolve(file))) {
                into.load(reader);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Optional<String> mappingPrefix(JavaClass type) {
        return type.tryGetAnnotationOfType("io.smallrye.config.ConfigMapping")
                .flatMap(mapping -> text(mapping, "prefix"));
    }

    private static String name(JavaMethod setting) {
        return setting.tryGetAnnotationOfType("io.smallrye.config.WithName")
                .flatMap(given -> text(given, "value"))
                .orElseGet(() -> setting.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
    }

    private static Optional<String> text(JavaAnnotation<?> annotation, String property) {
        return annotation.get(property).map(Object::toString);
    }

    private static boolean isRequired(JavaMethod setting) {
        return !setting.isAnnotatedWith("io.smallrye.config.WithDefault")
                && !setting.getRawReturnType().isEquivalentTo(Optional.class);
    }
}
