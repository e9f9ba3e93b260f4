//! Where shops stand: forty Spanish cities with their climate, patron days and festivals.

use crate::holidays::YearlyRule::{self, Easter, Fixed, SaturdayAfter};

/// A festival that fills the streets: first day, length in days, name.
pub(crate) type Festival = (YearlyRule, i64, &'static str);

/// A city in which a shop can stand.
pub(crate) struct City {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    /// ISO 3166-2.
    pub(crate) region: &'static str,
    pub(crate) latitude_e6: i32,
    pub(crate) longitude_e6: i32,
    /// Yearly mean temperature in degrees Celsius.
    pub(crate) mean_c: f64,
    /// Half the distance between the mean of July and that of January, in degrees.
    pub(crate) swing_c: f64,
    /// Share of days with rain.
    pub(crate) wet_share: f64,
    /// Demand of August against the rest of the year: towns by the sea fill, others empty.
    pub(crate) august: f64,
    pub(crate) local_days: [(YearlyRule, &'static str); 2],
    pub(crate) festival: Festival,
}

const fn city(
    name: &'static str,
    code: &'static str,
    region: &'static str,
    at_e6: (i32, i32),
    climate: (f64, f64, f64),
    august: f64,
    local_days: [(YearlyRule, &'static str); 2],
    festival: Festival,
) -> City {
    City {
        name,
        code,
        region,
        latitude_e6: at_e6.0,
        longitude_e6: at_e6.1,
        mean_c: climate.0,
        swing_c: climate.1,
        wet_share: climate.2,
        august,
        local_days,
        festival,
    }
}

const CORPUS: YearlyRule = Easter(60);
const CARNIVAL_TUESDAY: (YearlyRule, &str) = (Easter(-47), "Martes de Carnaval");

/// The first six are the chain as it is sold by default.
#[rustfmt::skip]
pub(crate) static CITIES: [City; 40] = [
    city("Madrid", "MAD", "ES-MD", (40_416_775, -3_703_790), (15.0, 9.8, 0.17), 0.80, [(Fixed(5, 15), "San Isidro"), (Fixed(11, 9), "La Almudena")], (Fixed(5, 11), 5, "Fiestas de San Isidro")),
    city("Barcelona", "BCN", "ES-CT", (41_385_064, 2_173_404), (16.5, 7.4, 0.18), 0.96, [(Easter(50), "Segona Pasqua"), (Fixed(9, 24), "La Mercè")], (Fixed(9, 20), 5, "Festes de la Mercè")),
    city("Valencia", "VLC", "ES-VC", (39_469_907, -376_288), (18.3, 7.0, 0.13), 0.98, [(Fixed(1, 22), "San Vicente Mártir"), (Easter(8), "San Vicente Ferrer")], (Fixed(3, 15), 5, "Fallas")),
    city("Sevilla", "SVQ", "ES-AN", (37_389_092, -5_984_459), (19.2, 8.6, 0.14), 0.76, [(Fixed(5, 30), "San Fernando"), (CORPUS, "Corpus Christi")], (Easter(14), 7, "Feria de Abril")),
    city("Bilbao", "BIO", "ES-PV", (43_263_013, -2_934_985), (14.7, 5.6, 0.35), 0.94, [(Fixed(7, 31), "San Ignacio"), (SaturdayAfter(8, 15, 6), "Viernes de Aste Nagusia")], (SaturdayAfter(8, 15, 0), 9, "Aste Nagusia")),
    city("Zaragoza", "ZAZ", "ES-AR", (41_648_823, -889_085), (15.5, 9.3, 0.15), 0.82, [(Fixed(1, 29), "San Valero"), (Fixed(3, 5), "Cincomarzada")], (SaturdayAfter(10, 3, 0), 9, "Fiestas del Pilar")),
    city("Málaga", "AGP", "ES-AN", (36_721_274, -4_421_399), (18.5, 6.6, 0.11), 1.12, [(Fixed(8, 19), "Incorporación a la Corona"), (Fixed(9, 8), "Virgen de la Victoria")], (SaturdayAfter(8, 10, 0), 8, "Feria de Málaga")),
    city("Murcia", "MJV", "ES-MC", (37_992_240, -1_130_654), (18.9, 8.2, 0.10), 0.84, [(Easter(2), "Bando de la Huerta"), (Fixed(9, 15), "Romería de la Fuensanta")], (Easter(1), 7, "Fiestas de Primavera")),
    city("Palma", "PMI", "ES-IB", (39_569_600, 2_650_160), (18.2, 7.3, 0.14), 1.14, [(Fixed(1, 20), "Sant Sebastià"), (Fixed(12, 26), "Segona Festa de Nadal")], (Fixed(1, 16), 5, "Festes de Sant Sebastià")),
    city("Alicante", "ALC", "ES-VC", (38_345_996, -490_685), (18.3, 7.2, 0.10), 1.12, [(Fixed(6, 24), "San Juan"), (Easter(11), "Santa Faz")], (Fixed(6, 20), 5, "Hogueras de San Juan")),
    city("Córdoba", "ODB", "ES-AN", (37_888_175, -4_779_383), (18.2, 9.4, 0.14), 0.74, [(Fixed(9, 8), "Virgen de la Fuensanta"), (Fixed(10, 24), "San Rafael")], (SaturdayAfter(5, 18, 0), 8, "Feria de Córdoba")),
    city("Valladolid", "VLL", "ES-CL", (41_652_251, -4_724_532), (12.7, 9.0, 0.19), 0.84, [(Fixed(5, 13), "San Pedro Regalado"), (Fixed(9, 8), "Virgen de San Lorenzo")], (Fixed(9, 2), 9, "Fiestas de la Virgen de San Lorenzo")),
    city("Vigo", "VGO", "ES-GA", (42_240_599, -8_720_727), (14.9, 5.4, 0.36), 1.05, [(Fixed(3, 28), "Fiesta de la Reconquista"), (Fixed(8, 16), "San Roque")], (Fixed(8, 2), 5, "Festas do Cristo da Vitoria")),
    city("Gijón", "GIJ", "ES-AS", (43_532_203, -5_661_119), (14.2, 5.0, 0.34), 1.08, [(Fixed(6, 29), "San Pedro"), (CARNIVAL_TUESDAY.0, "Antroxu")], (Fixed(8, 9), 7, "Semana Grande")),
    city("A Coruña", "LCG", "ES-GA", (43_362_344, -8_411_540), (14.8, 4.6, 0.36), 1.05, [(CARNIVAL_TUESDAY.0, CARNIVAL_TUESDAY.1), (Fixed(6, 24), "San Xoán")], (Fixed(8, 1), 7, "Festas de María Pita")),
    city("Granada", "GRX", "ES-AN", (37_177_336, -3_598_557), (15.7, 9.3, 0.14), 0.78, [(Fixed(1, 2), "Toma de Granada"), (CORPUS, "Corpus Christi")], (Easter(56), 8, "Feria del Corpus")),
    city("Vitoria-Gasteiz", "VIT", "ES-PV", (42_846_718, -2_671_635), (11.9, 7.0, 0.29), 0.80, [(Fixed(4, 28), "San Prudencio"), (Fixed(8, 5), "La Blanca")], (Fixed(8, 4), 6, "Fiestas de la Blanca")),
    city("Elche", "ELC", "ES-VC", (38_269_933, -712_560), (18.5, 7.4, 0.09), 0.90, [(Easter(8), "San Vicente Ferrer"), (Fixed(12, 29), "Venida de la Virgen")], (Fixed(8, 8), 8, "Misteri y fiestas de agosto")),
    city("Oviedo", "OVD", "ES-AS", (43_361_915, -5_849_389), (13.3, 5.6, 0.34), 0.86, [(Easter(52), "Martes de Campo"), (Fixed(9, 21), "San Mateo")], (Fixed(9, 14), 8, "Fiestas de San Mateo")),
    city("Santa Cruz de Tenerife", "TFN", "ES-CN", (28_463_628, -16_251_847), (21.5, 3.6, 0.08), 0.98, [(CARNIVAL_TUESDAY.0, CARNIVAL_TUESDAY.1), (Fixed(5, 3), "Día de la Cruz")], (Easter(-52), 7, "Carnaval de Santa Cruz")),
    city("Cartagena", "CTG", "ES-MC", (37_625_683, -996_584), (18.3, 7.0, 0.09), 0.98, [(Easter(-9), "Viernes de Dolores"), (SaturdayAfter(9, 18, 6), "Carthagineses y Romanos")], (SaturdayAfter(9, 18, -1), 9, "Carthagineses y Romanos")),
    city("Jerez de la Frontera", "XRY", "ES-AN", (36_686_411, -6_137_439), (18.0, 7.6, 0.14), 0.88, [(Fixed(9, 24), "Virgen de la Merced"), (Fixed(10, 9), "San Dionisio")], (Easter(34), 8, "Feria del Caballo")),
    city("Pamplona", "PNA", "ES-NC", (42_812_526, -1_645_774), (12.9, 8.0, 0.26), 0.80, [(Fixed(7, 7), "San Fermín"), (Fixed(11, 29), "San Saturnino")], (Fixed(7, 6), 9, "Sanfermines")),
    city("Almería", "LEI", "ES-AN", (36_834_047, -2_463_714), (19.1, 7.0, 0.07), 1.06, [(Fixed(6, 24), "San Juan"), (Fixed(12, 26), "Día del Pendón")], (SaturdayAfter(8, 16, 0), 8, "Feria de Almería")),
    city("San Sebastián", "EAS", "ES-PV", (43_318_334, -1_981_231), (13.8, 5.6, 0.36), 1.10, [(Fixed(1, 20), "San Sebastián"), (Fixed(7, 31), "San Ignacio")], (SaturdayAfter(8, 10, 0), 8, "Semana Grande")),
    city("Burgos", "RGS", "ES-CL", (42_343_993, -3_696_906), (10.7, 8.4, 0.24), 0.86, [(Fixed(6, 29), "San Pedro y San Pablo"), (Easter(61), "El Curpillos")], (Fixed(6, 24), 8, "Fiestas de San Pedro y San Pablo")),
    city("Albacete", "ABC", "ES-CM", (38_994_349, -1_858_542), (14.3, 9.8, 0.14), 0.80, [(Fixed(6, 24), "San Juan"), (Fixed(9, 8), "Virgen de los Llanos")], (Fixed(9, 7), 11, "Feria de Albacete")),
    city("Santander", "SDR", "ES-CB", (43_462_306, -3_809_980), (14.5, 5.0, 0.34), 1.12, [(Fixed(7, 25), "Santiago Apóstol"), (Fixed(8, 30), "Santos Mártires")], (Fixed(7, 19), 8, "Semana Grande")),
    city("Castellón de la Plana", "CDT", "ES-VC", (39_986_356, -51_325), (17.8, 7.2, 0.13), 0.94, [(Easter(-20), "Romería de la Magdalena"), (Fixed(6, 29), "San Pedro")], (Easter(-29), 9, "Fiestas de la Magdalena")),
    city("Logroño", "RJL", "ES-RI", (42_466_240, -2_444_460), (13.9, 8.2, 0.22), 0.84, [(Fixed(6, 11), "San Bernabé"), (Fixed(9, 21), "San Mateo")], (Fixed(9, 19), 7, "Fiestas de San Mateo")),
    city("Badajoz", "BJZ", "ES-EX", (38_879_450, -6_970_654), (16.9, 8.8, 0.16), 0.80, [(CARNIVAL_TUESDAY.0, CARNIVAL_TUESDAY.1), (Fixed(6, 24), "San Juan")], (Fixed(6, 20), 9, "Feria de San Juan")),
    city("Salamanca", "SLM", "ES-CL", (40_970_104, -5_663_540), (12.2, 8.8, 0.17), 0.82, [(Fixed(6, 12), "San Juan de Sahagún"), (Fixed(9, 8), "Virgen de la Vega")], (Fixed(9, 7), 9, "Ferias y Fiestas")),
    city("Huelva", "HUV", "ES-AN", (37_261_421, -6_944_722), (18.2, 7.2, 0.14), 0.96, [(Fixed(8, 3), "Fiestas Colombinas"), (Fixed(9, 8), "Virgen de la Cinta")], (Fixed(7, 29), 6, "Fiestas Colombinas")),
    city("Lleida", "ILD", "ES-CT", (41_617_591, 620_015), (15.0, 9.8, 0.14), 0.82, [(Fixed(5, 11), "Sant Anastasi"), (Fixed(9, 29), "Sant Miquel")], (Fixed(5, 7), 5, "Festa Major")),
    city("Tarragona", "TGN", "ES-CT", (41_118_883, 1_244_491), (16.8, 7.4, 0.15), 1.10, [(Fixed(8, 19), "Sant Magí"), (Fixed(9, 23), "Santa Tecla")], (Fixed(9, 14), 10, "Santa Tecla")),
    city("León", "LEN", "ES-CL", (42_598_726, -5_567_096), (11.1, 8.4, 0.21), 0.90, [(Fixed(6, 24), "San Juan"), (Fixed(10, 5), "San Froilán")], (Fixed(6, 21), 9, "Fiestas de San Juan y San Pedro")),
    city("Cádiz", "CDZ", "ES-AN", (36_527_061, -6_288_596), (18.6, 5.8, 0.13), 1.14, [(Easter(-48), "Lunes de Carnaval"), (Fixed(10, 7), "Virgen del Rosario")], (Easter(-52), 11, "Carnaval de Cádiz")),
    city("Ourense", "OUR", "ES-GA", (42_335_789, -7_863_881), (14.9, 7.6, 0.26), 0.84, [(CARNIVAL_TUESDAY.0, CARNIVAL_TUESDAY.1), (Fixed(11, 11), "San Martiño")], (Fixed(6, 18), 8, "Festas do Corpus")),
    city("Girona", "GRO", "ES-CT", (41_979_401, 2_821_426), (15.2, 8.2, 0.20), 0.92, [(Fixed(7, 25), "Sant Jaume"), (Fixed(10, 29), "Sant Narcís")], (Fixed(10, 25), 9, "Fires de Sant Narcís")),
    city("Toledo", "TOL", "ES-CM", (39_862_832, -4_027_323), (15.8, 10.0, 0.14), 0.84, [(Fixed(1, 23), "San Ildefonso"), (CORPUS, "Corpus Christi")], (Easter(53), 8, "Semana Grande del Corpus")),
];
